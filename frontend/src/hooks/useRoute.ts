import { useCallback, useEffect, useState } from "react";
import { parseRoute, type Route, writeRoute } from "../route";

/** The address as a route, and how to change it: a step that Back undoes, or a correction in place. */
export function useRoute() {
  const [route, setRoute] = useState(() => parseRoute(location.search));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.search));
    window.addEventListener("popstate", follow);
    return () => window.removeEventListener("popstate", follow);
  }, []);
  const go = useCallback((next: Route) => {
    history.pushState(null, "", writeRoute(next));
    setRoute(next);
  }, []);
  const correct = useCallback((next: Route) => {
    history.replaceState(null, "", writeRoute(next));
    setRoute(next);
  }, []);
  return { route, go, correct };
}
