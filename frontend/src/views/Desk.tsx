/** The page of a signed-in person: conversations at the side, documents or answers, and a document laid open. */
import { useCallback, useEffect, useState } from "react";
import { fetchAbout, search } from "../api";
import { type Draft, keepDraft } from "../draft";
import { useConversations } from "../hooks/useConversations";
import { useRoute } from "../hooks/useRoute";
import { type ShelfState, useShelf } from "../hooks/useShelf";
import { useThread } from "../hooks/useThread";
import { type Uploads, useUploads } from "../hooks/useUploads";
import { problemOf } from "../problem";
import { home, type Reading } from "../route";
import { useTexts } from "../texts/language";
import { type Connection, onConnection } from "../transport";
import type { About, Findings as Found, Problem } from "../wire";
import { Composer, type Question } from "./Composer";
import { Findings } from "./Findings";
import { Library } from "./Library";
import { ProblemNote } from "./marks";
import { Reader } from "./Reader";
import { SideBar } from "./SideBar";
import { ThreadView } from "./ThreadView";

export function Desk({ user }: { user: string }) {
  const texts = useTexts();
  const { about, problem, reload } = useAbout();
  const { route, go, correct } = useRoute();
  const shelfState = useShelf();
  const uploads = useUploads(shelfState.dispatch, shelfState.shelf.documents);
  const { thread, dispatch, problem: threadProblem, loading } = useThread(route, correct);
  const conversations = useConversations(thread.conversationId);

  const ask = (question: Question) => {
    const draft: Draft = { ...question, id: crypto.randomUUID(), conversationId: thread.conversationId };
    keepDraft(draft);
    dispatch({ type: "asked", ask: draft });
    go({ ...route, conversation: thread.conversationId, answer: draft.id });
  };
  const searching = useSearch();
  const read = useCallback((reading: Reading) => go({ ...route, reading }), [go, route]);
  const atHome = route.conversation === null && route.answer === null;
  const composer = about && (
    <Composer
      about={about}
      shelf={shelfState.shelf}
      onAsk={ask}
      onFind={atHome ? searching.find : undefined}
      followUp={!atHome}
    />
  );

  return (
    <div className="desk" data-reading={route.reading !== null}>
      <SideBar
        user={user}
        about={about}
        conversations={conversations}
        current={thread.conversationId}
        onOpen={(conversation) => go({ ...home, conversation })}
        onHome={() => go(home)}
      />
      <main className="sheet">
        <ConnectionNotice />
        {problem && <ProblemNote problem={problem} again={reload} />}
        {about === null && problem === null && <p className="faint">{texts.loading}</p>}
        {atHome ? (
          <Home
            composer={composer}
            about={about}
            shelfState={shelfState}
            uploads={uploads}
            searching={searching}
            onRead={read}
          />
        ) : (
          <ThreadView
            thread={thread}
            loading={loading}
            problem={threadProblem}
            onKnown={(answer) => dispatch({ type: "known", answer })}
            onRead={read}
            composer={composer}
          />
        )}
      </main>
      {route.reading && (
        <Reader
          key={JSON.stringify(route.reading)}
          reading={route.reading}
          documents={shelfState.shelf.documents}
          onClose={() => go({ ...route, reading: null })}
        />
      )}
    </div>
  );
}

interface HomeProps {
  readonly composer: React.ReactNode;
  readonly about: About | null;
  readonly shelfState: ShelfState;
  readonly uploads: Uploads;
  readonly searching: ReturnType<typeof useSearch>;
  readonly onRead: (reading: Reading) => void;
}

function Home({ composer, about, shelfState, uploads, searching, onRead }: HomeProps) {
  const texts = useTexts();
  return (
    <div className="home">
      <h1>{texts.questionHint}</h1>
      {composer}
      {searching.problem && <ProblemNote problem={searching.problem} />}
      {searching.found && <Findings found={searching.found} onRead={onRead} onClose={searching.close} />}
      {about && <Library about={about} shelfState={shelfState} uploads={uploads} onRead={onRead} />}
    </div>
  );
}

function useSearch() {
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const find = useCallback(({ question, ...scope }: Question) => {
    setProblem(null);
    search({ text: question, ...scope }).then(setFound, (thrown) => setProblem(problemOf(thrown)));
  }, []);
  const close = useCallback(() => setFound(null), []);
  return { found, problem, find, close };
}

function useAbout() {
  const [about, setAbout] = useState<About | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const reload = useCallback(() => {
    setProblem(null);
    fetchAbout().then(setAbout, (thrown) => setProblem(problemOf(thrown)));
  }, []);
  useEffect(reload, [reload]);
  return { about, problem, reload };
}

function ConnectionNotice() {
  const texts = useTexts();
  const [connection, setConnection] = useState<Connection>("fine");
  useEffect(() => onConnection(setConnection), []);
  return (
    <div role="status" className="connection">
      {connection === "offline" && texts.offline}
      {connection === "broken" && texts.reconnecting}
    </div>
  );
}
