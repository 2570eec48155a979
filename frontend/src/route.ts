/** What the address says: the conversation, the answer that is being written, and the document that lies open. */

export interface Reading {
  readonly documentId: string;
  readonly version: number | null;
  /** The passage to show, in code points of the document's text. */
  readonly start: number;
  readonly end: number;
}

export interface Route {
  readonly conversation: string | null;
  readonly answer: string | null;
  readonly reading: Reading | null;
}

export const home: Route = { conversation: null, answer: null, reading: null };

export function parseRoute(search: string): Route {
  const query = new URLSearchParams(search);
  return { conversation: query.get("conversation"), answer: query.get("answer"), reading: readingOf(query) };
}

function readingOf(query: URLSearchParams): Reading | null {
  const documentId = query.get("document");
  if (documentId === null) return null;
  const [version, start, end] = [wholeOf(query, "version"), wholeOf(query, "start"), wholeOf(query, "end")];
  return { documentId, version, start: start ?? 0, end: Math.max(start ?? 0, end ?? 0) };
}

function wholeOf(query: URLSearchParams, key: string): number | null {
  const text = query.get(key) ?? "";
  return /^\d{1,12}$/.test(text) ? Number(text) : null;
}

export function writeRoute(route: Route): string {
  const { conversation, answer, reading } = route;
  const pairs = [
    ["conversation", conversation],
    ["answer", answer],
    ["document", reading?.documentId ?? null],
    ["version", reading?.version ?? null],
    ["start", reading?.start ?? null],
    ["end", reading?.end ?? null],
  ] as const;
  const given = pairs.flatMap(([key, value]) => (value === null ? [] : [[key, String(value)]]));
  return given.length === 0 ? "/" : `/?${new URLSearchParams(given)}`;
}
