import { useCallback, useEffect, useState } from "react";
import { fetchConversations } from "../api";
import { problemOf } from "../problem";
import type { Conversation, Page, Problem } from "../wire";

const nothing: Page<Conversation> = { items: [], nextToken: null };

/** Earlier conversations, latest first; read again whenever `current` changes. */
export function useConversations(current: string | null) {
  const [page, setPage] = useState(nothing);
  const [problem, setProblem] = useState<Problem | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a conversation just begun changes the list
  useEffect(() => {
    let wanted = true;
    fetchConversations(null).then(
      (first) => wanted && setPage(first),
      (thrown) => wanted && setProblem(problemOf(thrown)),
    );
    return () => {
      wanted = false;
    };
  }, [current]);

  const more = useCallback(async () => {
    try {
      const next = await fetchConversations(page.nextToken);
      setPage({ items: [...page.items, ...next.items], nextToken: next.nextToken });
    } catch (thrown) {
      setProblem(problemOf(thrown));
    }
  }, [page]);

  return { page, more, problem };
}
