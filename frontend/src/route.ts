/** What the address says: the conversation, the answer that is being written, and the document that lies open. */

export interface Reading {
  readonly documentId: string;
  readonly version: number | null;
  /** The passage to show, in code points of the document's text. */
  readonly start: number;
  readonly end: number;
  /** The words in it that the answer rests on; as long as nothing when none are known. */
  readonly from: number;
  readonly to: number;
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
  const start = wholeOf(query, "start") ?? 0;
  const end = Math.max(start, wholeOf(query, "end") ?? start);
  const from = Math.min(end, Math.max(start, wholeOf(query, "from") ?? start));
  const to = Math.min(end, Math.max(from, wholeOf(query, "to") ?? from));
  return { documentId, version: wholeOf(query, "version"), start, end, from, to };
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
    ["from", reading?.from ?? null],
    ["to", reading?.to ?? null],
  ] as const;
  const given = pairs.flatMap(([key, value]) => (value === null ? [] : [[key, String(value)]]));
  return given.length === 0 ? "/" : `/?${new URLSearchParams(given)}`;
}
