/** An answer's text as runs: plain text, and markers such as [2] that name a citation. Text stays text. */
import type { Citation } from "./wire";

export type Run = { readonly text: string; readonly citation: Citation | null };

const GROUP = /(\[\d{1,3}(?:\s*,\s*\d{1,3})*\])/;

/** Only markers with a citation become one; "[1]" in a text about arrays stays what it is. Several may share
 * brackets, as in [1, 3]: each becomes a run of its own. */
export function runsOf(text: string, citations: readonly Citation[]): readonly Run[] {
  const byMarker = new Map(citations.map((citation) => [citation.marker, citation]));
  const runOf = (part: string): Run => ({
    text: part,
    citation: byMarker.get(Number(/\d+/.exec(part)?.[0])) ?? null,
  });
  const split = text.split(GROUP).flatMap((part, index) => {
    if (index % 2 === 0) return [{ text: part, citation: null }];
    const runs = part.split(/(?=,)/).map(runOf);
    return runs.some(({ citation }) => citation !== null) ? runs : [{ text: part, citation: null }];
  });
  return split.filter(({ text: part }) => part !== "");
}

/** Citations in the order of their markers, each once. */
export function sourcesOf(citations: readonly Citation[]): readonly Citation[] {
  const byMarker = new Map(citations.map((citation) => [citation.marker, citation]));
  return [...byMarker.values()].sort((a, b) => a.marker - b.marker);
}
