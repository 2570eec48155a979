/** One conversation: its questions and answers, and the next question. */
import type { ReactNode } from "react";
import type { Reading } from "../route";
import { useTexts } from "../texts/language";
import type { Thread } from "../thread";
import type { Answer, Problem } from "../wire";
import { AnswerCard } from "./AnswerCard";
import { ProblemNote } from "./marks";

interface ThreadProps {
  readonly thread: Thread;
  readonly loading: boolean;
  readonly problem: Problem | null;
  readonly composer: ReactNode;
  readonly onKnown: (answer: Answer) => void;
  readonly onRead: (reading: Reading) => void;
}

export function ThreadView({ thread, loading, problem, composer, onKnown, onRead }: ThreadProps) {
  const texts = useTexts();
  return (
    <div className="thread">
      {loading && thread.entries.length === 0 && <p className="faint">{texts.loading}</p>}
      {problem && <ProblemNote problem={problem} />}
      {thread.entries.map((entry) => (
        <AnswerCard key={entry.id} entry={entry} onKnown={onKnown} onRead={onRead} />
      ))}
      {composer}
    </div>
  );
}
