/** From nothing to the desk: settings, then a session, then what a person came for. */
import { useCallback, useEffect, useState } from "react";
import { problemOf } from "../problem";
import { currentUser, followOtherTabs, onSignedOut } from "../session";
import { fetchSettings, type Settings } from "../settings";
import { useTexts } from "../texts/language";
import { configure } from "../transport";
import type { Problem } from "../wire";
import { Desk } from "./Desk";
import { ProblemNote, Wordmark } from "./marks";
import { SignIn } from "./SignIn";

export function App() {
  const texts = useTexts();
  const [settings, setSettings] = useState<Settings | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = useCallback(() => {
    setProblem(null);
    fetchSettings().then(
      (fetched) => {
        configure(fetched);
        setSettings(fetched);
      },
      (thrown) => setProblem(problemOf(thrown)),
    );
  }, []);
  useEffect(load, [load]);
  if (settings !== null) return <Door settings={settings} />;
  return (
    <main className="entrance">
      <Wordmark />
      {problem === null ? <p role="status">{texts.loading}</p> : <p>{texts.noSettings}</p>}
      {problem && <ProblemNote problem={problem} again={load} />}
    </main>
  );
}

/** Lets in who is signed in; `undefined` while that is being found out. */
function Door({ settings }: { settings: Settings }) {
  const texts = useTexts();
  const [user, setUser] = useState<string | null | undefined>();
  const look = useCallback(() => {
    currentUser().then(setUser);
  }, []);
  useEffect(() => {
    look();
    return onSignedOut(() => setUser(null));
  }, [look]);
  useEffect(() => followOtherTabs(() => location.reload()), []);
  if (user === undefined)
    return (
      <p className="entrance" role="status">
        {texts.loading}
      </p>
    );
  return user === null ? <SignIn settings={settings} onDone={look} /> : <Desk user={user} />;
}
