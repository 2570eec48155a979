/** The way in: sign in, create an account, confirm it, or set a new password. */
import { type FormEvent, type ReactNode, useState } from "react";
import { problemOf } from "../problem";
import * as session from "../session";
import type { Settings } from "../settings";
import { LanguageChoice, useTexts } from "../texts/language";
import type { Problem } from "../wire";
import { ProblemNote, Wordmark } from "./marks";

type Mode = "signIn" | "signUp" | "confirm" | "forgot" | "reset";

/** One form at a time; `onDone` once signed in. */
export function SignIn({ settings, onDone }: { settings: Settings; onDone: () => void }) {
  const texts = useTexts();
  return (
    <main className="entrance">
      <header>
        <h1>
          <Wordmark />
        </h1>
        <p>{texts.tagline}</p>
      </header>
      <Entry onDone={onDone} />
      {settings.notices?.map((notice) => (
        <p key={notice} className="notice">
          {notice}
        </p>
      ))}
      <LanguageChoice />
    </main>
  );
}

function useEntry(onDone: () => void) {
  const [mode, setMode] = useState<Mode>("signIn");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sentAgain, setSentAgain] = useState(false);

  const turn = (next: Mode) => {
    setProblem(null);
    setCode("");
    setSentAgain(false);
    setMode(next);
  };
  const run = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (thrown) {
      setProblem(problemOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  const steps: Readonly<Record<Mode, () => Promise<session.Step>>> = {
    signIn: () => session.signIn(email, password),
    signUp: () => session.signUp(email, password),
    confirm: () => session.confirm(email, code, password),
    forgot: () => session.askForReset(email).then(() => "reset" as const),
    reset: () => session.resetPassword(email, code, password),
  };
  const submit = () =>
    run(async () => {
      const step = await steps[mode]();
      if (step === "done") onDone();
      else turn(step);
    });
  const again = () => run(() => session.sendCodeAgain(email).then(() => setSentAgain(true)));
  return {
    mode,
    email,
    password,
    code,
    busy,
    problem,
    sentAgain,
    setEmail: (value: string) => setEmail(value.trim()),
    setPassword,
    setCode,
    turn,
    submit,
    again,
  };
}

type EntryState = ReturnType<typeof useEntry>;

function Entry({ onDone }: { onDone: () => void }) {
  const texts = useTexts();
  const entry = useEntry(onDone);
  const { mode, busy, problem } = entry;
  const actions = {
    signIn: texts.signIn,
    signUp: texts.signUp,
    confirm: texts.confirm,
    forgot: texts.sendCode,
    reset: texts.setPassword,
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    entry.submit();
  };
  return (
    <form onSubmit={submit} aria-busy={busy}>
      <Fields entry={entry} />
      {problem && <ProblemNote problem={problem} />}
      <button type="submit" className="main" disabled={busy}>
        {actions[mode]}
      </button>
      <OtherWays entry={entry} />
    </form>
  );
}

function Fields({ entry }: { entry: EntryState }) {
  const texts = useTexts();
  const { mode, email, password, code } = entry;
  const fresh = mode === "signUp" || mode === "reset";
  const withCode = mode === "confirm" || mode === "reset";
  return (
    <>
      {withCode ? (
        <p role="status">{texts.codeSent(email)}</p>
      ) : (
        <Field label={texts.email}>
          <input
            type="email"
            name="email"
            required
            autoComplete="username"
            value={email}
            onChange={(event) => entry.setEmail(event.target.value)}
          />
        </Field>
      )}
      {withCode && (
        <Field label={texts.code}>
          <input
            name="code"
            required
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            onChange={(event) => entry.setCode(event.target.value.trim())}
          />
        </Field>
      )}
      {mode !== "confirm" && mode !== "forgot" && (
        <Field label={mode === "reset" ? texts.newPassword : texts.password}>
          <input
            type="password"
            name="password"
            required
            aria-describedby={fresh ? "password-rule" : undefined}
            autoComplete={fresh ? "new-password" : "current-password"}
            value={password}
            onChange={(event) => entry.setPassword(event.target.value)}
          />
        </Field>
      )}
      {fresh && (
        <p id="password-rule" className="faint">
          {texts.passwordHint}
        </p>
      )}
    </>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="field">
      <span>{label}</span>
      {children}
    </label>
  );
}

function OtherWays({ entry }: { entry: EntryState }) {
  const texts = useTexts();
  const { mode, turn } = entry;
  return (
    <div className="otherways">
      {mode === "signIn" && <Way label={texts.needAccount} go={() => turn("signUp")} />}
      {mode === "signIn" && <Way label={texts.forgot} go={() => turn("forgot")} />}
      {mode === "confirm" && <Way label={texts.sendAgain} go={entry.again} />}
      {mode !== "signIn" && <Way label={texts.haveAccount} go={() => turn("signIn")} />}
      {entry.sentAgain && <p role="status">{texts.sentAgain}</p>}
    </div>
  );
}

function Way({ label, go }: { label: string; go: () => void }) {
  return (
    <button type="button" className="quiet" onClick={go}>
      {label}
    </button>
  );
}
