import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { fetchDocuments, onDocument } from "../api";
import { problemOf } from "../problem";
import { backoff } from "../retry";
import { emptyShelf, isSettled, reduceShelf } from "../shelf";
import type { Problem } from "../wire";

/** The documents, live: events as they come, and a listing at first, after each reconnection, and now and then
 * while something is to be expected of one, should an event have been lost. */
export function useShelf() {
  const [shelf, dispatch] = useReducer(reduceShelf, emptyShelf);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [loaded, setLoaded] = useState(false);
  const known = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    known.current = new Set(shelf.documents.keys());
  }, [shelf]);

  const reload = useCallback(async () => {
    const before = known.current;
    try {
      dispatch({ type: "listed", documents: await fetchDocuments(), known: before });
      setLoaded(true);
      setProblem(null);
    } catch (thrown) {
      setProblem(problemOf(thrown));
    }
  }, []);

  useEffect(() => {
    reload();
    return onDocument({
      onEvent: (document) => dispatch({ type: "changed", document }),
      onEstablished: reload,
    });
  }, [reload]);

  const settled = [...shelf.documents.values()].every(isSettled);
  useEffect(() => {
    if (settled) return;
    const timer = setInterval(reload, backoff(0, 10_000, 10_000));
    return () => clearInterval(timer);
  }, [settled, reload]);

  return { shelf, dispatch, problem, loaded, reload };
}

export type ShelfState = ReturnType<typeof useShelf>;
