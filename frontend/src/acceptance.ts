/** Whether a file can be sent at all, told before anything is sent. */
import type { About } from "./wire";

export type Refusal =
  | { readonly type: "TooLarge"; readonly bytes: number; readonly limit: number }
  | { readonly type: "UnsupportedType"; readonly ending: string }
  | { readonly type: "Empty" };

/** Browsers disagree on these, or do not know them; the name's ending decides. */
const BY_ENDING: Readonly<Record<string, string>> = {
  txt: "text/plain",
  text: "text/plain",
  log: "text/plain",
  md: "text/markdown",
  markdown: "text/markdown",
  htm: "text/html",
  html: "text/html",
  pdf: "application/pdf",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
};

export function contentTypeOf(name: string, reported: string): string | null {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return BY_ENDING[ending] ?? (reported === "" ? null : (reported.split(";")[0] ?? null));
}

/** A type we cannot tell is left to the service, which looks into the name and the file. */
export function refusalOf(file: { name: string; size: number; type: string }, about: About): Refusal | null {
  const contentType = contentTypeOf(file.name, file.type);
  if (contentType !== null && !about.contentTypes.includes(contentType))
    return { type: "UnsupportedType", ending: /\.[^.]+$/.exec(file.name)?.[0] ?? contentType };
  if (file.size === 0) return { type: "Empty" };
  if (file.size > about.maxUploadBytes)
    return { type: "TooLarge", bytes: file.size, limit: about.maxUploadBytes };
  return null;
}
