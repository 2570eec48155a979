import { useCallback, useEffect, useRef, useState } from "react";
import { applySnapshot, isFinal, unknownAnswer } from "../answerStream";
import { ask, fetchAnswer, onAnswerEvent } from "../api";
import { forgetDraft } from "../draft";
import { followAnswer, type Source } from "../followAnswer";
import type { Entry } from "../thread";
import type { Answer, Problem } from "../wire";

function sourceOf({ id, ask: input }: Entry): Source {
  const source: Source = { listen: (listener) => onAnswerEvent(id, listener), fetch: () => fetchAnswer(id) };
  return input === null ? source : { ...source, ask: () => ask(input) };
}

/** The answer of one entry as it grows. `onKnown` is told once the service has the question. */
export function useAnswerStream(entry: Entry, onKnown: (answer: Answer) => void) {
  const [stream, setStream] = useState(() =>
    entry.answer === null ? unknownAnswer : applySnapshot(unknownAnswer, entry.answer),
  );
  const [problem, setProblem] = useState<Problem | null>(null);
  const [round, setRound] = useState(0);
  const latest = useRef({ entry, onKnown });
  useEffect(() => {
    latest.current = { entry, onKnown };
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: an entry is followed by its id; a new round starts over
  useEffect(() => {
    const { answer } = latest.current.entry;
    if (answer !== null && isFinal(answer.status)) return;
    let told = answer !== null;
    return followAnswer(
      sourceOf(latest.current.entry),
      {
        onProblem: setProblem,
        onChange: (next, snapshot) => {
          setStream(next);
          if (snapshot === null || told) return;
          told = true;
          forgetDraft(snapshot.id);
          latest.current.onKnown(snapshot);
        },
      },
      answer,
    );
  }, [entry.id, round]);

  const again = useCallback(() => {
    setProblem(null);
    setRound((count) => count + 1);
  }, []);
  return { stream, problem, again };
}
