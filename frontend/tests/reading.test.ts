import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { count, slice } from "../src/codePoints";
import { runsOf, sourcesOf } from "../src/markers";
import { earlier, joined, later, MARGIN, markedOf, readingOf, windowAround } from "../src/passageWindow";
import { parseRoute, writeRoute } from "../src/route";
import type { DocumentText } from "../src/wire";
import { citation } from "./examples";

const opened = { documentId: "d1", version: 1 };

function windowOf(whole: string, start: number, end: number): DocumentText {
  const length = count(whole);
  const text = slice(whole, start, end);
  return { documentId: "d1", version: 1, text, start, end: Math.min(end, length), length };
}

describe("markers", () => {
  test("become citations, and their text is never lost", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("[1]", "[2]", "[", "1", "]", "<b>", "ạ ")), (parts) => {
        const runs = runsOf(parts.join(""), [citation]);
        expect(runs.map(({ text }) => text).join("")).toBe(parts.join(""));
        for (const run of runs) expect(run.citation === citation).toBe(run.text === "[1]");
      }),
    );
  });

  test("may share brackets", () => {
    const third = { ...citation, marker: 3 };
    const runs = runsOf("So [1, 3]; x[7]", [citation, third]);
    expect(runs.map((run) => run.citation?.marker ?? run.text)).toEqual(["So ", 1, 3, "; x", "[7]"]);
  });

  test("are listed once, in their order", () => {
    const second = { ...citation, marker: 2 };
    expect(sourcesOf([second, citation, second])).toEqual([citation, second]);
  });
});

describe("a passage in its text", () => {
  test("is marked exactly, whatever the script", () => {
    const sample = fc.tuple(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.array(fc.nat(50), { minLength: 5, maxLength: 5 }),
    );
    fc.assert(
      fc.property(sample, ([whole, places]) => {
        const [first, start, from, to, end] = places.sort((a, b) => a - b) as [
          number,
          number,
          number,
          number,
          number,
        ];
        const text = windowOf(whole, first, end + 5);
        const { before, passage, after } = markedOf(text, { ...opened, start, end, from, to });
        expect(passage[1]).toBe(slice(whole, from, to));
        expect(passage.join("")).toBe(slice(whole, start, end));
        expect(before + passage.join("") + after).toBe(text.text);
      }),
    );
  });

  test("is opened at the quote, counted in code points", () => {
    const passage = { ...citation.passage, text: "👍 Nước chảy. Đá mòn.", start: 100, end: 120 };
    expect(readingOf({ ...citation, passage, quote: "Đá mòn." })).toMatchObject({ from: 113, to: 120 });
    expect(readingOf({ ...citation, passage, quote: "elsewhere" })).toMatchObject({ from: 100, to: 100 });
  });

  test("grows by its neighbours to the ends of the text", () => {
    const whole = "ệ👍".repeat(MARGIN);
    const around = windowAround({ start: 9_000, end: 9_010 });
    let text = windowOf(whole, around.start, around.end);
    for (let window = earlier(text); window; window = earlier(text))
      text = joined(windowOf(whole, window.start, window.end), text);
    for (let window = later(text); window; window = later(text))
      text = joined(text, windowOf(whole, window.start, window.end));
    expect(text.text).toBe(whole);
  });
});

describe("the address", () => {
  test("says the same after it was written and read", () => {
    const name = fc.option(fc.string({ minLength: 1 }));
    const reading = fc.record({
      documentId: fc.string(),
      version: fc.option(fc.nat()),
      start: fc.nat(9),
      from: fc.constant(9),
    });
    fc.assert(
      fc.property(name, name, fc.option(reading), (conversation, answer, opened) => {
        const route = { conversation, answer, reading: opened && { ...opened, end: 10, to: 10 } };
        expect(parseRoute(writeRoute(route).slice(1))).toEqual(route);
      }),
    );
  });

  test("with nonsense for a passage opens the document at its beginning", () => {
    const { reading } = parseRoute("?document=d1&start=-4&end=1e9&version=x");
    expect(reading).toEqual({ documentId: "d1", version: null, start: 0, end: 0, from: 0, to: 0 });
  });
});
