import { describe, expect, test } from "vitest";
import { digestOf, sortArrivals } from "../src/arrivals";
import { newSending, orphanOf } from "../src/uploads";
import { document } from "./examples";

const file = (name: string, text = "text") => new File([text], name);
const names = (arrivals: readonly { file: File }[]) => arrivals.map(({ file: { name } }) => name);

describe("files that arrive", () => {
  test("are sent when nothing is there under their names", async () => {
    const elsewhere = document({ name: "a.txt", collection: "other" });
    const going = document({ name: "b.txt", status: "DELETING" });
    const sorted = await sortArrivals([file("a.txt"), file("b.txt")], null, [elsewhere, going]);
    expect(names(sorted.fresh)).toEqual(["a.txt", "b.txt"]);
    expect(sorted.clashing).toEqual([]);
  });

  test("are asked about when something else is there", async () => {
    const older = document({ id: "d1", name: "a.txt", status: "READY", sha256: "00" });
    const newer = document({ id: "d2", name: "a.txt", status: "FAILED" });
    const sorted = await sortArrivals([file("a.txt")], null, [older, newer]);
    expect(sorted.clashing.map(({ known }) => known?.id)).toEqual(["d2"]);
  });

  test("are not sent when the very same is there and can be searched", async () => {
    const sha256 = await digestOf(file("a.txt"));
    const ready = document({ name: "a.txt", status: "READY", sha256 });
    expect((await sortArrivals([file("a.txt")], null, [ready])).same).toEqual(["a.txt"]);
    const failed = { ...ready, status: "FAILED" as const };
    expect((await sortArrivals([file("a.txt")], null, [failed])).same).toEqual([]);
  });

  test("are the same name however their letters are composed", async () => {
    const known = document({ name: "Đường.txt".normalize("NFC") });
    const sorted = await sortArrivals([file("Đường.txt".normalize("NFD"))], null, [known]);
    expect(sorted.clashing).toHaveLength(1);
  });
});

test("a version whose file never came takes nothing away when it is dismissed", () => {
  const waiting = new Map([["d1", document({ status: "AWAITING_UPLOAD" })]]);
  const sending = { ...newSending("k", file("a.txt"), null, "d1"), documentId: "d1" };
  expect(orphanOf(sending, waiting)).toBeNull();
  expect(orphanOf({ ...sending, replaces: null }, waiting)).toBe("d1");
});
