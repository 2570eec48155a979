import { describe, expect, test } from "vitest";
import { collectionsOf, emptyShelf, inOrder, reduceShelf, type Shelf } from "../src/shelf";
import type { Document } from "../src/wire";
import { document } from "./examples";

const changed = (shelf: Shelf, change: Partial<Document>) =>
  reduceShelf(shelf, { type: "changed", document: document(change) });
const statusOf = (shelf: Shelf) => shelf.documents.get("d1")?.status;
const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`;

describe("the shelf", () => {
  test("follows a document from queue to ready", () => {
    let shelf = emptyShelf;
    for (const [second, status] of ["QUEUED", "EXTRACTING", "EMBEDDING", "READY"].entries())
      shelf = changed(shelf, { status: status as Document["status"], updatedAt: at(second) });
    expect(statusOf(shelf)).toBe("READY");
  });

  test("does not go back when an event comes late", () => {
    const ready = changed(emptyShelf, { status: "READY", updatedAt: at(9) });
    expect(statusOf(changed(ready, { status: "EMBEDDING", updatedAt: at(8) }))).toBe("READY");
    expect(statusOf(changed(ready, { status: "EMBEDDING", updatedAt: at(9) }))).toBe("READY");
  });

  test("takes a new version or a retry however far the old one was", () => {
    const failed = changed(emptyShelf, { status: "FAILED", updatedAt: at(5) });
    expect(statusOf(changed(failed, { status: "QUEUED", updatedAt: at(6) }))).toBe("QUEUED");
    expect(statusOf(changed(failed, { status: "QUEUED", version: 2, updatedAt: at(1) }))).toBe("QUEUED");
  });

  test("does not bring back what was deleted", () => {
    const gone = changed(changed(emptyShelf, {}), { status: "DELETED", updatedAt: at(2) });
    expect(changed(gone, { status: "READY", updatedAt: at(3) }).documents.size).toBe(0);
  });

  test("drops what a listing no longer has, but not what came after it was asked for", () => {
    const two = changed(changed(emptyShelf, { id: "d1" }), { id: "d2" });
    const listing = { type: "listed", documents: [], known: new Set(["d1"]) } as const;
    expect([...reduceShelf(two, listing).documents.keys()]).toEqual(["d2"]);
  });

  test("shows the newest first and names each collection once", () => {
    const shelf = changed(changed(emptyShelf, { id: "01A", collection: "b" }), {
      id: "01B",
      collection: "a",
    });
    expect(inOrder(shelf).map(({ id }) => id)).toEqual(["01B", "01A"]);
    expect(collectionsOf(changed(shelf, { id: "01C", collection: "a" }))).toEqual(["a", "b"]);
  });
});
