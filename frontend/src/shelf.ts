/** The documents a person has, kept right while listings and events overtake each other. Pure. */
import type { Document, DocumentStatus } from "./wire";

export interface Shelf {
  readonly documents: ReadonlyMap<string, Document>;
  /** Ids of deleted documents, so that a late event does not bring one back. */
  readonly gone: ReadonlySet<string>;
}

export type ShelfAction =
  /** A listing; `known` are the ids that were here when it was asked for. */
  | { readonly type: "listed"; readonly documents: readonly Document[]; readonly known: ReadonlySet<string> }
  | { readonly type: "changed"; readonly document: Document }
  | { readonly type: "removed"; readonly id: string };

export const emptyShelf: Shelf = { documents: new Map(), gone: new Set() };

const RANK: Readonly<Record<DocumentStatus, number>> = {
  AWAITING_UPLOAD: 0,
  QUEUED: 1,
  EXTRACTING: 2,
  EMBEDDING: 3,
  FAILED: 4,
  READY: 4,
  DELETING: 5,
  DELETED: 6,
};

/** Whether the service is still working on it. */
export function inProgress({ status }: Document): boolean {
  return status === "QUEUED" || status === "EXTRACTING" || status === "EMBEDDING" || status === "DELETING";
}

/** Whether news of it are to be expected, be it only that its file has come. */
export function isSettled({ status }: Document): boolean {
  return status === "READY" || status === "FAILED";
}

/** Newest first: the ids are ULIDs, which sort by age. */
export function inOrder(shelf: Shelf): readonly Document[] {
  return [...shelf.documents.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

export function collectionsOf(shelf: Shelf): readonly string[] {
  return [...new Set([...shelf.documents.values()].map(({ collection }) => collection))].sort();
}

export function reduceShelf(shelf: Shelf, action: ShelfAction): Shelf {
  switch (action.type) {
    case "listed":
      return listed(shelf, action.documents, action.known);
    case "changed":
      return changed(shelf, action.document);
    case "removed":
      return without(shelf, action.id);
  }
}

/** What was known and is not in the listing was deleted elsewhere; what came since may simply be too new for it. */
function listed(shelf: Shelf, documents: readonly Document[], known: ReadonlySet<string>): Shelf {
  const ids = new Set(documents.map(({ id }) => id));
  const kept = [...shelf.documents].filter(([id]) => ids.has(id) || !known.has(id));
  return documents.reduce(changed, { ...shelf, documents: new Map(kept) });
}

function changed(shelf: Shelf, document: Document): Shelf {
  if (document.status === "DELETED") return without(shelf, document.id);
  const known = shelf.documents.get(document.id);
  if (shelf.gone.has(document.id) || (known !== undefined && isOlder(document, known))) return shelf;
  return { ...shelf, documents: new Map(shelf.documents).set(document.id, document) };
}

function without(shelf: Shelf, id: string): Shelf {
  const documents = new Map(shelf.documents);
  documents.delete(id);
  return { documents, gone: new Set(shelf.gone).add(id) };
}

/** By version, then time; within one instant a document only moves on. */
function isOlder(a: Document, b: Document): boolean {
  if (a.version !== b.version) return a.version < b.version;
  const [at, bt] = [Date.parse(a.updatedAt), Date.parse(b.updatedAt)];
  if (at !== bt) return at < bt;
  if (a.status !== b.status) return RANK[a.status] < RANK[b.status];
  return (a.progress ?? 0) < (b.progress ?? 0);
}
