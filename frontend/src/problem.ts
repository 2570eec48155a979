/** Failures as the page speaks of them: a type to decide by, and a message to read. */
import { isRecord, Malformed } from "./decode";
import type { Problem } from "./wire";

const RETRYABLE = new Set([
  "Network",
  "Throttled",
  "ThrottlingException",
  "ModelUnavailable",
  "Unavailable",
  "ServiceUnavailableException",
  "ExecutionTimeout",
]);

/** A failure that is already understood. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly problem: Problem;

  constructor(type: string, message: string) {
    super(message);
    this.problem = { type, message, retryable: RETRYABLE.has(type) };
  }
}

/** The problem behind anything that was thrown: by us, by GraphQL, by Cognito or by the browser. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Failure) return thrown.problem;
  if (thrown instanceof Malformed) return new Failure("Malformed", thrown.message).problem;
  const first = firstGraphQLError(thrown);
  if (first !== null) return first;
  if (isRecord(thrown)) return named(thrown);
  return new Failure("Unknown", String(thrown)).problem;
}

function firstGraphQLError(thrown: unknown): Problem | null {
  if (!isRecord(thrown) || !Array.isArray(thrown["errors"])) return null;
  const first: unknown = thrown["errors"][0];
  if (!isRecord(first)) return null;
  // Amplify wraps a failed fetch, and a failed refresh of the tokens, into an error with its cause.
  if (isRecord(first["originalError"])) return named(first["originalError"]);
  return new Failure(text(first["errorType"]) ?? "Refused", text(first["message"]) ?? "").problem;
}

/** An Error's name is Cognito's exception type; a TypeError is how fetch reports that nobody answered. */
function named(error: Readonly<Record<string, unknown>>): Problem {
  const name = text(error["name"]) ?? "Unknown";
  const offline = name === "TypeError" || name === "NetworkError" || name === "TimeoutError";
  return new Failure(offline ? "Network" : name, text(error["message"]) ?? "").problem;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
