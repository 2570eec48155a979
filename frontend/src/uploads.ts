/** Files on their way: a pure queue of what is waiting, being sent, sent or failed. */
import type { Document, Problem } from "./wire";

export interface Sending {
  readonly key: string;
  readonly file: File;
  readonly collection: string | null;
  readonly phase: "waiting" | "sending" | "sent" | "failed";
  readonly share: number;
  readonly documentId: string | null;
  /** The document that the file becomes the next version of. */
  readonly replaces: string | null;
  readonly problem: Problem | null;
}

export type UploadAction =
  | { readonly type: "added"; readonly sendings: readonly Sending[] }
  | { readonly type: "changed"; readonly key: string; readonly change: Partial<Sending> }
  | { readonly type: "dismissed"; readonly key: string };

/** How many files are sent at a time. */
const LANES = 3;

export function newSending(
  key: string,
  file: File,
  collection: string | null,
  replaces: string | null = null,
): Sending {
  return { key, file, collection, phase: "waiting", share: 0, documentId: null, replaces, problem: null };
}

export function reduceUploads(sendings: readonly Sending[], action: UploadAction): readonly Sending[] {
  switch (action.type) {
    case "added":
      return [...sendings, ...action.sendings];
    case "changed":
      return sendings.map((one) => (one.key === action.key ? { ...one, ...action.change } : one));
    case "dismissed":
      return sendings.filter(({ key }) => key !== action.key);
  }
}

/** The waiting files that may start now. */
export function startable(sendings: readonly Sending[]): readonly Sending[] {
  const busy = sendings.filter(({ phase }) => phase === "sending").length;
  return sendings.filter(({ phase }) => phase === "waiting").slice(0, Math.max(0, LANES - busy));
}

/** The registered document whose file will never come, or null: a file may have arrived although the answer that
 * said so was lost, and then its document is nobody's to throw away; nor is one of which this was to be a version. */
export function orphanOf(
  { documentId, replaces }: Sending,
  documents: ReadonlyMap<string, Document>,
): string | null {
  const status = documents.get(documentId ?? "")?.status;
  return status === "AWAITING_UPLOAD" && replaces === null ? documentId : null;
}

/** What to show as still on its way: not what the service has already begun with. */
export function underWay(
  sendings: readonly Sending[],
  documents: ReadonlyMap<string, Document>,
): readonly Sending[] {
  return sendings.filter(({ phase, documentId }) => {
    const status = documents.get(documentId ?? "")?.status;
    return phase !== "sent" || status === "AWAITING_UPLOAD";
  });
}
