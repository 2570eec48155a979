import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AnswerStream, apply, applySnapshot, hasGap, isFinal, unknownAnswer } from "../src/answerStream";
import { count, slice } from "../src/codePoints";
import type { Answer, AnswerEvent } from "../src/wire";
import { answer, citation, event } from "./examples";

const all = (events: readonly AnswerEvent[], from = unknownAnswer) => events.reduce(apply, from);

/** What a writer publishes for these pieces in one attempt: the last event says COMPLETE. */
function published(pieces: readonly string[], attempt: number): AnswerEvent[] {
  let offset = 0;
  return pieces.map((text, index) => {
    const last = index === pieces.length - 1;
    const said = event({ seq: index + 1, attempt, offset, text, status: last ? "COMPLETE" : "STREAMING" });
    offset += count(text);
    return last ? { ...said, citations: [citation] } : said;
  });
}

/** What answer(id) returns once the first `length` pieces are saved. */
function saved(pieces: readonly string[], attempt: number, length: number): Answer {
  const done = length === pieces.length;
  const text = pieces.slice(0, length).join("");
  const status = done ? "COMPLETE" : "STREAMING";
  return answer({ attempt, text, lastSeq: length, status, citations: done ? [citation] : [] });
}

const pieces = fc.array(fc.string({ unit: "grapheme", maxLength: 6 }), { minLength: 1, maxLength: 12 });

describe("events in order", () => {
  test("make the whole text, emoji and Vietnamese included", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const stream = all(published(parts, 1));
        expect(stream.text).toBe(parts.join(""));
        expect(stream).toMatchObject({ status: "COMPLETE", citations: [citation], waiting: [] });
      }),
    );
  });

  test("carry a problem and the usage of the last one", () => {
    const error = { type: "ModelUnavailable", message: "the model broke off", retryable: true };
    const stream = all([event({ text: "Half" }), event({ seq: 2, offset: 4, status: "PARTIAL", error })]);
    expect(stream).toMatchObject({ text: "Half", status: "PARTIAL", error });
  });
});

describe("delivery that cannot be trusted", () => {
  test("any order with repeats makes the same text", () => {
    const shuffled = pieces.chain((parts) => {
      const events = published(parts, 1);
      const twice = fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 });
      return fc.tuple(fc.constant(parts), twice);
    });
    fc.assert(
      fc.property(shuffled, ([parts, events]) => {
        expect(all(events)).toMatchObject({ text: parts.join(""), status: "COMPLETE", waiting: [] });
      }),
    );
  });

  test("what is shown is always a beginning of the answer, whatever is lost", () => {
    const lossy = pieces.chain((parts) =>
      fc.tuple(fc.constant(parts), fc.shuffledSubarray(published(parts, 1))),
    );
    fc.assert(
      fc.property(lossy, ([parts, events]) => {
        const stream = all(events);
        expect(parts.join("").startsWith(stream.text)).toBe(true);
        if (isFinal(stream.status)) expect(stream.text).toBe(parts.join(""));
      }),
    );
  });

  test("lost events and late snapshots end in the whole answer once the last snapshot is read", () => {
    type Step = (stream: AnswerStream) => AnswerStream;
    const story = pieces.chain((parts) => {
      const events: Step[] = published(parts, 2).map((one) => (stream) => apply(stream, one));
      const old: Step[] = published(["stale", " text"], 1).map((one) => (stream) => apply(stream, one));
      const snapshots: Step[] = parts.map((_, n) => (stream) => applySnapshot(stream, saved(parts, 2, n)));
      return fc.tuple(fc.constant(parts), fc.shuffledSubarray([...events, ...old, ...snapshots]));
    });
    fc.assert(
      fc.property(story, ([parts, steps]) => {
        const stream = steps.reduce((now, step) => step(now), unknownAnswer);
        const end = applySnapshot(stream, saved(parts, 2, parts.length));
        expect(end).toMatchObject({ text: parts.join(""), status: "COMPLETE", citations: [citation] });
        expect(hasGap(end)).toBe(false);
      }),
    );
  });

  test("an event beyond the text is a gap and a snapshot fills it", () => {
    const gapped = all([event({ text: "One " }), event({ seq: 3, offset: 8, text: "three" })]);
    expect(gapped.text).toBe("One ");
    expect(hasGap(gapped)).toBe(true);
    const filled = applySnapshot(gapped, answer({ text: "One two ", lastSeq: 2 }));
    expect(filled).toMatchObject({ text: "One two three", seq: 3, waiting: [] });
  });

  test("a snapshot that lags behind takes nothing away", () => {
    const stream = all([event({ text: "One " }), event({ seq: 2, offset: 4, text: "two" })]);
    expect(applySnapshot(stream, answer({ text: "One ", lastSeq: 1, status: "RETRIEVING" }))).toEqual(stream);
  });

  test("an event that overlaps the text adds only what is new", () => {
    const stream = applySnapshot(unknownAnswer, answer({ text: "👍 One t", lastSeq: 1 }));
    expect(apply(stream, event({ seq: 2, offset: 2, text: "One two" })).text).toBe("👍 One two");
  });

  test("a late event does not reopen a finished answer", () => {
    const done = all([event({ seq: 2, status: "STOPPED" }), event({ seq: 3, status: "STREAMING" })]);
    expect(done.status).toBe("STOPPED");
  });
});

describe("attempts", () => {
  test("a higher attempt starts over", () => {
    const stream = all([event({ text: "Old", citations: [citation] }), event({ attempt: 2, text: "New" })]);
    expect(stream).toMatchObject({ attempt: 2, text: "New", citations: [], seq: 1 });
  });

  test("a lower attempt is not heard any more", () => {
    const stream = all([event({ attempt: 2, text: "New" })]);
    expect(apply(stream, event({ attempt: 1, seq: 9, offset: 3, text: "old" }))).toBe(stream);
    expect(applySnapshot(stream, answer({ attempt: 1, text: "old", status: "FAILED" }))).toBe(stream);
  });
});

describe("code points", () => {
  test("slices and counts agree with an array of them", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, fc.nat(20), fc.nat(20), (whole, start, end) => {
        expect(count(whole)).toBe([...whole].length);
        expect(slice(whole, start, end)).toBe([...whole].slice(start, end).join(""));
      }),
    );
  });
});
