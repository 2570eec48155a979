import { describe, expect, test } from "vitest";
import { contentTypeOf, refusalOf } from "../src/acceptance";
import { newSending, orphanOf, reduceUploads, type Sending, startable, underWay } from "../src/uploads";
import { document } from "./examples";

const about = {
  chatModel: "m",
  embeddingModel: "e",
  maxQuestionChars: 8_000,
  maxUploadBytes: 1_000,
  contentTypes: ["text/markdown", "application/pdf"],
};
const file = (name: string) => new File(["x"], name);
const queue = (count: number) =>
  Array.from({ length: count }, (_, n) => newSending(`k${n}`, file("a"), null));

describe("a file", () => {
  test("is of the type that the browser says, if it says any", () => {
    expect(contentTypeOf("text/csv;charset=utf-8")).toBe("text/csv");
    expect(contentTypeOf("")).toBeNull();
  });

  test("is refused before it is sent when it is empty, too large or of no use", () => {
    expect(refusalOf({ name: "a.pdf", size: 1_001, type: "" }, about)?.type).toBe("TooLarge");
    expect(refusalOf({ name: "a.pdf", size: 0, type: "" }, about)?.type).toBe("Empty");
    const picture = { name: "a.v2.png", size: 9, type: "image/png" };
    expect(refusalOf(picture, about)).toEqual({ type: "UnsupportedType", ending: ".png" });
    expect(refusalOf(picture, { ...about, contentTypes: ["image/png"] })).toBeNull();
    expect(refusalOf({ name: "a.md", size: 9, type: "" }, about)).toBeNull();
    expect(refusalOf({ name: "README", size: 9, type: "" }, about)).toBeNull();
    expect(refusalOf({ name: "main.rs", size: 9, type: "text/x-unheard-of" }, about)).toBeNull();
  });
});

describe("the queue of files", () => {
  test("sends three at a time", () => {
    const [first, ...rest] = queue(5);
    expect(startable(queue(5))).toHaveLength(3);
    expect(startable([{ ...(first as Sending), phase: "sending" }, ...rest])).toHaveLength(2);
  });

  test("keeps a failed file until it is tried again or dismissed", () => {
    const change = { phase: "failed" } as const;
    const failed = reduceUploads(queue(1), { type: "changed", key: "k0", change });
    expect(startable(failed)).toHaveLength(0);
    expect(underWay(failed, new Map())).toHaveLength(1);
    expect(reduceUploads(failed, { type: "dismissed", key: "k0" })).toHaveLength(0);
  });

  test("throws no document away whose file has come after all", () => {
    const lost = { ...(queue(1)[0] as Sending), phase: "failed", documentId: "d1" } as const;
    const shelf = (status: "AWAITING_UPLOAD" | "READY") => new Map([["d1", document({ status })]]);
    expect(orphanOf(lost, shelf("AWAITING_UPLOAD"))).toBe("d1");
    expect(orphanOf(lost, shelf("READY"))).toBeNull();
    expect(orphanOf({ ...lost, documentId: null }, shelf("AWAITING_UPLOAD"))).toBeNull();
  });

  test("shows a sent file until the service has begun with it", () => {
    const [one] = queue(1).map((sending) => ({ ...sending, phase: "sent", documentId: "d1" }) as const);
    const shelf = (status: "AWAITING_UPLOAD" | "QUEUED") => new Map([["d1", document({ status })]]);
    expect(underWay([one as Sending], shelf("AWAITING_UPLOAD"))).toHaveLength(1);
    expect(underWay([one as Sending], shelf("QUEUED"))).toHaveLength(0);
  });
});
