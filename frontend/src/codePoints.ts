/**
 * Lengths and slices in Unicode code points.
 * The service counts characters as Python does; a JavaScript string counts UTF-16 units, two for an emoji.
 */

export function count(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** `text` without its first `points` code points; all of it when that is zero or less. */
export function drop(text: string, points: number): string {
  let unit = 0;
  for (let left = points; left > 0 && unit < text.length; left -= 1) unit += width(text, unit);
  return text.slice(unit);
}

/** Code points `start` to `end`, held to what is there. */
export function slice(text: string, start: number, end: number): string {
  const rest = drop(text, start);
  const after = drop(rest, end - Math.max(start, 0));
  return end <= start ? "" : rest.slice(0, rest.length - after.length);
}

function width(text: string, unit: number): number {
  return (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
}
