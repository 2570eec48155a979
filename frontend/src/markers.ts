/** An answer's text as runs: plain text, and markers such as [2] that name a citation. Text stays text. */
import type { Citation } from "./wire";

export type Run = { readonly text: string; readonly citation: Citation | null };

/** Only markers with a citation become one; "[1]" in a text about arrays stays what it is. */
export function runsOf(text: string, citations: readonly Citation[]): readonly Run[] {
  const byMarker = new Map(citations.map((citation) => [citation.marker, citation]));
  return text
    .split(/(\[\d{1,3}\])/)
    .filter((part) => part !== "")
    .map((part) => ({ text: part, citation: byMarker.get(Number(/^\[(\d+)\]$/.exec(part)?.[1])) ?? null }));
}

/** Citations in the order of their markers, each once. */
export function sourcesOf(citations: readonly Citation[]): readonly Citation[] {
  const byMarker = new Map(citations.map((citation) => [citation.marker, citation]));
  return [...byMarker.values()].sort((a, b) => a.marker - b.marker);
}
