/** Earlier conversations, which model answers, and the way out. */
import { useState } from "react";
import type { useConversations } from "../hooks/useConversations";
import { signOut } from "../session";
import { LanguageChoice, useTexts } from "../texts/language";
import type { About } from "../wire";
import { ProblemNote, Wordmark } from "./marks";

interface SideBarProps {
  readonly user: string;
  readonly about: About | null;
  readonly conversations: ReturnType<typeof useConversations>;
  readonly current: string | null;
  readonly onOpen: (conversation: string) => void;
  readonly onHome: () => void;
}

export function SideBar({ user, about, conversations, current, onOpen, onHome }: SideBarProps) {
  const texts = useTexts();
  const [unfolded, setUnfolded] = useState(false);
  const fold = (then: () => void) => () => {
    setUnfolded(false);
    then();
  };
  return (
    <header className="side" data-unfolded={unfolded}>
      <div className="masthead">
        <Wordmark />
        <button
          type="button"
          className="quiet menu"
          aria-expanded={unfolded}
          aria-label={texts.menu}
          onClick={() => setUnfolded(!unfolded)}
        >
          <svg viewBox="0 0 18 14" width="18" height="14" aria-hidden="true">
            <path d="M1 1h16M1 7h16M1 13h16" />
          </svg>
        </button>
      </div>
      <div className="drawer">
        <button type="button" className="new" onClick={fold(onHome)}>
          {texts.newQuestion}
        </button>
        <Conversations
          conversations={conversations}
          current={current}
          onOpen={(id) => fold(() => onOpen(id))()}
        />
        {about && <Writer model={about.chatModel} />}
        <div className="account">
          <span title={user}>{user}</span>
          <LanguageChoice />
          <button type="button" className="quiet" onClick={() => signOut()}>
            {texts.signOut}
          </button>
        </div>
      </div>
    </header>
  );
}

type ConversationsProps = Pick<SideBarProps, "conversations" | "current" | "onOpen">;

function Conversations({ conversations: { page, more, problem }, current, onOpen }: ConversationsProps) {
  const texts = useTexts();
  return (
    <nav aria-label={texts.conversations}>
      <h2>{texts.conversations}</h2>
      {problem && <ProblemNote problem={problem} />}
      {page.items.length === 0 && problem === null && <p className="faint">{texts.noConversations}</p>}
      <ul>
        {page.items.map(({ id, title }) => (
          <li key={id}>
            <button type="button" dir="auto" aria-current={id === current} onClick={() => onOpen(id)}>
              {title}
            </button>
          </li>
        ))}
      </ul>
      {page.nextToken !== null && (
        <button type="button" className="quiet" onClick={more}>
          {texts.more}
        </button>
      )}
    </nav>
  );
}

/** The embedded writer calls itself extractive; that it quotes rather than writes should not be a surprise. */
function Writer({ model }: { model: string }) {
  const texts = useTexts();
  return (
    <p className="writer" data-model={model}>
      {texts.answeredBy} <b>{model}</b>
      {/extractive/i.test(model) && <span>{texts.extractive}</span>}
    </p>
  );
}
