/** Questions that may not have reached the service yet, kept over a reload of the page. */
import { isRecord } from "./decode";
import type { AskInput } from "./generated";

export type Draft = AskInput & { readonly id: string };

const key = (id: string) => `riffle.ask.${id}`;

export function keepDraft(draft: Draft): void {
  sessionStorage.setItem(key(draft.id), JSON.stringify(draft));
}

export function forgetDraft(id: string): void {
  sessionStorage.removeItem(key(id));
}

export function readDraft(id: string): Draft | null {
  const kept: unknown = JSON.parse(sessionStorage.getItem(key(id)) ?? "null");
  if (!isRecord(kept) || kept["id"] !== id || typeof kept["question"] !== "string") return null;
  return { ...kept, id, question: kept["question"] };
}
