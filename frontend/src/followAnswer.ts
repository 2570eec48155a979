/**
 * Keeps one answer's stream up to date: subscribes, asks if it is still to be asked, fetches what was missed.
 * Nothing here trusts delivery: whenever it is quiet or text is missing, answer(id) is read again.
 */
import { type AnswerStream, apply, applySnapshot, hasGap, isFinal, unknownAnswer } from "./answerStream";
import { problemOf } from "./problem";
import { backoff, sleep } from "./retry";
import type { Listener } from "./transport";
import type { Answer, AnswerEvent, Problem } from "./wire";

export interface Follower {
  /** The stream as it is now, and the answer as last fetched (its question and conversation). */
  readonly onChange: (stream: AnswerStream, answer: Answer | null) => void;
  readonly onProblem: (problem: Problem) => void;
}

export interface Source {
  readonly listen: (listener: Listener<AnswerEvent>) => () => void;
  readonly fetch: () => Promise<Answer | null>;
  /** Present when the question may not have reached the service yet; safe to call twice. */
  readonly ask?: () => Promise<Answer>;
}

/** How long a subscription may take before the question is asked regardless; in milliseconds. */
const PATIENCE = 3_000;

/** Until the returned function is called or the answer is final. */
export function followAnswer(source: Source, follower: Follower, known: Answer | null): () => void {
  let stream = known === null ? unknownAnswer : applySnapshot(unknownAnswer, known);
  let answer = known;
  let stopped = false;
  let quiet = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const put = (next: AnswerStream) => {
    if (stopped) return;
    stream = next;
    follower.onChange(stream, answer);
    if (isFinal(stream.status)) stop();
    else arm();
  };
  const arm = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, hasGap(stream) ? backoff(quiet, 400, 4_000) : backoff(quiet, 3_000, 15_000));
  };
  const take = (snapshot: Answer) => {
    answer = snapshot;
    put(applySnapshot(stream, snapshot));
  };
  const fail = (thrown: unknown) => {
    if (stopped) return;
    const problem = problemOf(thrown);
    if (problem.retryable) return arm();
    stop();
    follower.onProblem(problem);
  };
  const read = async () => {
    const snapshot = await source.fetch();
    if (snapshot !== null) return take(snapshot);
    if (source.ask === undefined) return fail({ name: "NotFound", message: "" });
    take(await source.ask());
  };
  const refresh = () => {
    quiet += 1;
    read().catch(fail);
  };

  let established = () => {};
  const acknowledged = new Promise<void>((resolve) => {
    established = resolve;
  });
  let begun = false;
  const deaf = source.listen({
    onEvent: (event) => {
      quiet = 0;
      put(apply(stream, event));
    },
    onEstablished: () => {
      established();
      if (begun && !stopped) read().catch(fail);
    },
  });
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    deaf();
  };
  const begin = async () => {
    await Promise.race([acknowledged, sleep(PATIENCE)]);
    begun = true;
    if (stopped) return;
    if (source.ask !== undefined && answer === null) take(await source.ask());
    else await read();
  };
  begin().catch(fail);
  return stop;
}
