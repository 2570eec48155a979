/** The way in: sign in, create an account, confirm it, set a new password, or show a second factor. */
import { type FormEvent, type ReactNode, useState } from "react";
import { problemOf } from "../problem";
import * as session from "../session";
import type { Settings } from "../settings";
import { LanguageChoice, useTexts } from "../texts/language";
import type { Problem } from "../wire";
import { ProblemNote, Wordmark } from "./marks";

type Mode = "signIn" | "signUp" | "forgot" | Exclude<session.Step["at"], "done">;

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
      <Entry settings={settings} onDone={onDone} />
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
  const [authenticator, setAuthenticator] = useState<session.Authenticator | null>(null);

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
    forgot: () => session.askForReset(email),
    reset: () => session.resetPassword(email, code, password),
    ownPassword: () => session.answer(email, password),
    authenticator: () => session.answer(email, code),
    factor: () => session.answer(email, code),
  };
  const submit = () =>
    run(async () => {
      const step = await steps[mode]();
      if (step.at === "done") return onDone();
      if (step.at === "authenticator") setAuthenticator(step.authenticator);
      if (step.at === "ownPassword") setPassword("");
      turn(step.at);
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
    authenticator,
    setEmail: (value: string) => setEmail(value.trim()),
    setPassword,
    setCode,
    turn,
    submit,
    again,
  };
}

type EntryState = ReturnType<typeof useEntry>;

function Entry({ settings, onDone }: { settings: Settings; onDone: () => void }) {
  const texts = useTexts();
  const entry = useEntry(onDone);
  const { mode, busy, problem } = entry;
  const actions = {
    signIn: texts.signIn,
    signUp: texts.signUp,
    confirm: texts.confirm,
    forgot: texts.sendCode,
    reset: texts.setPassword,
    ownPassword: texts.setPassword,
    authenticator: texts.confirm,
    factor: texts.confirm,
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    entry.submit();
  };
  return (
    <form onSubmit={submit} aria-busy={busy}>
      <Fields entry={entry} settings={settings} />
      {problem && <ProblemNote problem={problem} />}
      <button type="submit" className="main" disabled={busy}>
        {actions[mode]}
      </button>
      <OtherWays entry={entry} settings={settings} />
    </form>
  );
}

const SHORTEST_PASSWORD = 10; // where the deployment does not say

function Fields({ entry, settings }: { entry: EntryState; settings: Settings }) {
  const texts = useTexts();
  const { mode, email, password, code } = entry;
  const fresh = mode === "signUp" || mode === "reset" || mode === "ownPassword";
  const named = mode === "signIn" || mode === "signUp" || mode === "forgot";
  const withCode = !named && mode !== "ownPassword";
  return (
    <>
      {named ? (
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
      ) : (
        <Asked entry={entry} />
      )}
      {withCode && (
        <Field label={mode === "factor" || mode === "authenticator" ? texts.factorCode : texts.code}>
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
      {(fresh || mode === "signIn") && (
        <Field label={mode === "reset" || mode === "ownPassword" ? texts.newPassword : texts.password}>
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
          {texts.passwordHint(settings.passwordLength ?? SHORTEST_PASSWORD)}
        </p>
      )}
    </>
  );
}

/** What is asked of somebody whose address is known. */
function Asked({ entry: { mode, email, authenticator } }: { entry: EntryState }) {
  const texts = useTexts();
  if (mode === "ownPassword") return <p role="status">{texts.ownPassword}</p>;
  if (mode === "factor") return <p role="status">{texts.factor}</p>;
  if (mode !== "authenticator") return <p role="status">{texts.codeSent(email)}</p>;
  return (
    <div role="status">
      <p>{texts.authenticator}</p>
      <p>
        <a href={authenticator?.link}>{texts.openAuthenticator}</a>
      </p>
      <p>
        {texts.authenticatorSecret} <code>{authenticator?.secret}</code>
      </p>
    </div>
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

function OtherWays({ entry, settings }: { entry: EntryState; settings: Settings }) {
  const texts = useTexts();
  const { mode, turn } = entry;
  const open = settings.signUp !== "invited";
  return (
    <div className="otherways">
      {mode === "signIn" && open && <Way label={texts.needAccount} go={() => turn("signUp")} />}
      {mode === "signIn" && !open && <p className="faint">{texts.byInvitation}</p>}
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
