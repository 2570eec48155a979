/** Whether a file can be sent at all, told before anything is sent. What it is, the service decides. */
import type { About } from "./wire";

export type Refusal =
  | { readonly type: "TooLarge"; readonly bytes: number; readonly limit: number }
  | { readonly type: "UnsupportedType"; readonly ending: string }
  | { readonly type: "Empty" };

/** Endings of what holds no text to read, whatever a browser calls it. */
const NO_TEXT = new Set(
  (
    "7z aac aif apk avi avif bin bmp bz2 dll dmg doc exe flac gif gz heic ico iso jar jpeg jpg m4a m4v mkv mov " +
    "mp3 mp4 mpg ogg otf png ppt psd rar so tar tif tiff ttf wav webm webp wma wmv woff woff2 xls xz"
  ).split(" "),
);

export function contentTypeOf(reported: string): string | null {
  return reported === "" ? null : (reported.split(";")[0] ?? null);
}

/** A type we cannot tell is left to the service, which looks into the name and the file. */
export function refusalOf(file: { name: string; size: number; type: string }, about: About): Refusal | null {
  const ending = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase() ?? "";
  const readable = about.contentTypes.includes(contentTypeOf(file.type) ?? "");
  if (NO_TEXT.has(ending) && !readable) return { type: "UnsupportedType", ending: `.${ending}` };
  if (file.size === 0) return { type: "Empty" };
  if (file.size > about.maxUploadBytes)
    return { type: "TooLarge", bytes: file.size, limit: about.maxUploadBytes };
  return null;
}
