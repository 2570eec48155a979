/** Which part of a document's text to fetch, and where in it the passage lies. All in code points. */
import { count, slice } from "./codePoints";
import type { Reading } from "./route";
import type { DocumentText } from "./wire";

export interface Window {
  readonly start: number;
  readonly end: number;
}

/** The text around a passage in three parts; `marked` is the passage. */
export interface Marked {
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

/** How much is shown around a passage at first, and how much more at a time. */
export const MARGIN = 6_000;

export function windowAround({ start, end }: Reading): Window {
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

export function markedOf(text: DocumentText, { start, end }: Window): Marked {
  const [from, to] = [start - text.start, end - text.start];
  return {
    before: slice(text.text, 0, from),
    marked: slice(text.text, Math.max(0, from), to),
    after: slice(text.text, Math.max(0, to), Number.MAX_SAFE_INTEGER),
  };
}
