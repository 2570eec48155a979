/** Which part of a document's text to fetch, and where in it the passage lies. All in code points. */
import { count, slice } from "./codePoints";
import type { Reading } from "./route";
import type { Citation, DocumentText } from "./wire";

export interface Window {
  readonly start: number;
  readonly end: number;
}

/** A text around a passage; the passage is in three parts of which the middle one is the quote. */
export interface Marked {
  readonly before: string;
  readonly passage: readonly [string, string, string];
  readonly after: string;
}

/** How much is shown around a passage at first, and how much more at a time. */
export const MARGIN = 6_000;

export function windowAround({ start, end }: Window): Window {
  return { start: Math.max(0, start - MARGIN), end: Math.max(start, end) + MARGIN };
}

/** The windows before and after what is shown, or null at the text's ends. */
export function earlier(text: DocumentText): Window | null {
  return text.start > 0 ? { start: Math.max(0, text.start - MARGIN), end: text.start } : null;
}

export function later(text: DocumentText): Window | null {
  const end = text.start + count(text.text);
  return end < text.length && text.text !== "" ? { start: end, end: end + MARGIN } : null;
}

/** Two neighbouring windows as one. */
export function joined(first: DocumentText, second: DocumentText): DocumentText {
  return { ...second, start: first.start, end: second.end, text: first.text + second.text };
}

export function markedOf(text: DocumentText, { start, end, from, to }: Reading): Marked {
  const part = (first: number, last: number) =>
    slice(text.text, Math.max(0, first - text.start), Math.max(0, last - text.start));
  return {
    before: part(text.start, start),
    passage: [part(start, from), part(from, to), part(to, end)],
    after: part(end, Number.MAX_SAFE_INTEGER),
  };
}

/** Where a citation points: its passage, and within it the quote, which is there word for word. */
export function readingOf({ passage, quote }: Citation): Reading {
  const { documentId, version, start, end, text } = passage;
  const unit = quote === null ? -1 : text.indexOf(quote);
  if (quote === null || unit < 0) return { documentId, version, start, end, from: start, to: start };
  const from = start + count(text.slice(0, unit));
  return { documentId, version, start, end, from, to: from + count(quote) };
}
