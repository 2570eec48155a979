import { beforeEach, describe, expect, test } from "vitest";
import { forgetDraft, keepDraft, readDraft } from "../src/draft";
import { emptyThread, reduceThread } from "../src/thread";
import { answer } from "./examples";

const asked = reduceThread(emptyThread, { type: "asked", ask: { id: "a2", question: "And then?" } });

describe("a thread", () => {
  test("learns its conversation from the first answer", () => {
    const thread = reduceThread(asked, { type: "known", answer: answer({ id: "a2" }) });
    expect(thread.conversationId).toBe("c1");
    expect(thread.entries[0]?.ask).toBeNull();
  });

  test("puts earlier answers before what was just asked", () => {
    const here = { ...asked, conversationId: "c1" };
    const older = answer({ id: "a0", createdAt: "2025-12-01T00:00:00Z" });
    const answers = [answer({ id: "a1" }), older];
    const thread = reduceThread(here, { type: "listed", conversationId: "c1", answers });
    expect(thread.entries.map(({ id }) => id)).toEqual(["a0", "a1", "a2"]);
  });

  test("ignores the listing of a conversation that was left", () => {
    const late = { type: "listed", conversationId: "other", answers: [answer({})] } as const;
    expect(reduceThread(asked, late)).toBe(asked);
  });

  test("ignores the answer of a question that was left", () => {
    expect(reduceThread(emptyThread, { type: "known", answer: answer({}) })).toBe(emptyThread);
  });
});

describe("a draft", () => {
  beforeEach(() => sessionStorage.clear());

  test("survives a reload and is forgotten once asked", () => {
    keepDraft({ id: "a1", question: "Vì sao?", documentIds: ["d1"] });
    expect(readDraft("a1")).toEqual({ id: "a1", question: "Vì sao?", documentIds: ["d1"] });
    forgetDraft("a1");
    expect(readDraft("a1")).toBeNull();
  });

  test("that is not one is no draft", () => {
    sessionStorage.setItem("riffle.ask.a1", '{"id":"a1","question":7}');
    expect(readDraft("a1")).toBeNull();
  });
});
