/** Files that were dropped or chosen, beside what is there under their names. */
import type { Document } from "./wire";

export interface Arrival {
  readonly file: File;
  /** The document of that name which it would become a version of; null for a file of its own. */
  readonly known: Document | null;
}

export interface Sorted {
  /** Nothing is there under their names. */
  readonly fresh: readonly Arrival[];
  /** Something else is: it may be replaced. */
  readonly clashing: readonly Arrival[];
  /** The very same is there and can be searched. */
  readonly same: readonly string[];
}

export async function sortArrivals(
  files: readonly File[],
  collection: string | null,
  documents: Iterable<Document>,
): Promise<Sorted> {
  const present = [...documents];
  const arrivals = files.map((file) => ({ file, known: namesake(file.name, collection, present) }));
  const digests = await Promise.all(arrivals.map(({ file, known }) => (known ? digestOf(file) : null)));
  const isSame = ({ known }: Arrival, at: number) =>
    known?.status === "READY" && known.sha256 !== null && known.sha256 === digests[at];
  return {
    fresh: arrivals.filter(({ known }) => known === null),
    clashing: arrivals.filter((arrival, at) => arrival.known !== null && !isSame(arrival, at)),
    same: arrivals.filter(isSame).map(({ file }) => file.name),
  };
}

/** The newest document of the name in the collection. */
function namesake(name: string, collection: string | null, documents: readonly Document[]): Document | null {
  const found = documents.filter(
    (one) =>
      one.name.normalize() === name.normalize() &&
      one.collection === (collection ?? "default") &&
      one.status !== "DELETING",
  );
  return found.reduce<Document | null>((best, one) => (best === null || one.id > best.id ? one : best), null);
}

/** SHA-256 in hexadecimal; null where the browser does not offer it: on pages that are not secure. */
export async function digestOf(file: Blob): Promise<string | null> {
  if (globalThis.crypto?.subtle === undefined) return null;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
