/** Trying again after failures that may pass, later each time and never in step with others. */
import { problemOf } from "./problem";

export type Sleep = (ms: number) => Promise<void>;

export const sleep: Sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A delay somewhere between half and all of base·2ⁿ, no longer than `most`; in milliseconds. */
export function backoff(
  attempt: number,
  base: number,
  most: number,
  random: () => number = Math.random,
): number {
  return Math.min(most, base * 2 ** attempt) * (0.5 + random() / 2);
}

/** What `work` returns; a retryable problem is waited out up to `times` times, any other is thrown at once. */
export async function retrying<T>(work: () => Promise<T>, times = 3, wait: Sleep = sleep): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (thrown) {
      if (attempt >= times || !problemOf(thrown).retryable) throw thrown;
      await wait(backoff(attempt, 400, 5_000));
    }
  }
}
