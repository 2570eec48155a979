/** Small decoders: each takes what arrived and returns it typed, or throws a Malformed naming the place. */

export type Decoder<T> = (value: unknown, at: string) => T;

/** What arrived is not of the shape that was agreed. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

function refuse(at: string, wanted: string): never {
  throw new Malformed(`${at} is not ${wanted}`);
}

export const string: Decoder<string> = (value, at) =>
  typeof value === "string" ? value : refuse(at, "a string");

export const number: Decoder<number> = (value, at) =>
  typeof value === "number" && Number.isFinite(value) ? value : refuse(at, "a number");

export const boolean: Decoder<boolean> = (value, at) =>
  typeof value === "boolean" ? value : refuse(at, "true or false");

/** Null; and so is what is absent, since a field that a publisher did not select never arrives. */
export function nullable<T>(inner: Decoder<T>): Decoder<T | null> {
  return (value, at) => (value === null || value === undefined ? null : inner(value, at));
}

export function list<T>(inner: Decoder<T>): Decoder<readonly T[]> {
  return (value, at) =>
    Array.isArray(value)
      ? value.map((item: unknown, index) => inner(item, `${at}[${index}]`))
      : refuse(at, "a list");
}

/** One of a closed set; the set is written as an object so that the compiler sees a missing member. */
export function oneOf<T extends string>(members: Readonly<Record<T, true>>): Decoder<T> {
  return (value, at) =>
    typeof value === "string" && Object.hasOwn(members, value) ? (value as T) : refuse(at, "a known value");
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function object<T extends object>(fields: { readonly [K in keyof T]-?: Decoder<T[K]> }): Decoder<T> {
  return (value, at) => {
    if (!isRecord(value)) return refuse(at, "an object");
    const decoded = Object.entries<Decoder<unknown>>(fields).map(([key, decode]) => [
      key,
      decode(value[key], `${at}.${key}`),
    ]);
    return Object.fromEntries(decoded) as T; // every key of T was decoded just above
  };
}

/** A JSON text (AppSync's AWSJSON), decoded. */
export function json<T>(inner: Decoder<T>): Decoder<T> {
  return (value, at) => inner(parse(string(value, at), at), at);
}

function parse(text: string, at: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse(at, "JSON");
  }
}

export const strings: Decoder<Readonly<Record<string, string>>> = (value, at) =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, string(item, `${at}.${key}`)]))
    : refuse(at, "an object of strings");
