import { useEffect, useReducer, useState } from "react";
import { fetchAnswers } from "../api";
import { readDraft } from "../draft";
import { problemOf } from "../problem";
import type { Route } from "../route";
import { type Entry, emptyThread, reduceThread, type Thread } from "../thread";
import type { Problem } from "../wire";

/** Whether the address names something else than what is open. */
function isElsewhere({ conversation, answer }: Route, thread: Thread): boolean {
  if (conversation !== null) return conversation !== thread.conversationId;
  if (answer === null) return thread.conversationId !== null || thread.entries.length > 0;
  return !thread.entries.some(({ id }) => id === answer);
}

/** The answer named in the address may not be stored yet: then its draft asks for it again. */
function entriesOf({ answer }: Route): readonly Entry[] {
  return answer === null ? [] : [{ id: answer, ask: readDraft(answer), answer: null }];
}

/** The conversation that the address names, its answers loaded. */
export function useThread(route: Route, correct: (route: Route) => void) {
  const [thread, dispatch] = useReducer(reduceThread, emptyThread);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [loading, setLoading] = useState(false);
  const { conversationId } = thread;

  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change of address opens another thread
  useEffect(() => {
    if (isElsewhere(route, thread))
      dispatch({ type: "opened", conversationId: route.conversation, entries: entriesOf(route) });
  }, [route.conversation, route.answer]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is completed once the conversation is known
  useEffect(() => {
    if (conversationId !== null && route.conversation === null && !isElsewhere(route, thread))
      correct({ ...route, conversation: conversationId });
  }, [conversationId]);

  useEffect(() => {
    setProblem(null);
    if (conversationId === null) return;
    let wanted = true;
    setLoading(true);
    fetchAnswers(conversationId)
      .then(
        (answers) => wanted && dispatch({ type: "listed", conversationId, answers }),
        (thrown) => wanted && setProblem(problemOf(thrown)),
      )
      .finally(() => wanted && setLoading(false));
    return () => {
      wanted = false;
    };
  }, [conversationId]);

  return { thread, dispatch, problem, loading };
}
