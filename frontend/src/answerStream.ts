/**
 * What is known of one answer, put together from events and snapshots that may come late, twice or not at all.
 * Pure: `apply` takes an event, `applySnapshot` what answer(id) returned; lengths are in code points.
 */
import { count, drop } from "./codePoints";
import type { Answer, AnswerEvent, AnswerStatus, Citation, Problem, Usage } from "./wire";

export interface AnswerStream {
  readonly attempt: number;
  readonly seq: number;
  readonly status: AnswerStatus;
  readonly text: string;
  readonly length: number;
  readonly citations: readonly Citation[];
  /** What was searched for, once that is known. */
  readonly queries: readonly string[];
  readonly usage: Usage | null;
  readonly error: Problem | null;
  /** Events that belong beyond the end of `text`: something before them has not arrived. */
  readonly waiting: readonly AnswerEvent[];
}

export const unknownAnswer: AnswerStream = {
  attempt: 0,
  seq: 0,
  status: "QUEUED",
  text: "",
  length: 0,
  citations: [],
  queries: [],
  usage: null,
  error: null,
  waiting: [],
};

export function isFinal(status: AnswerStatus): boolean {
  return status !== "QUEUED" && status !== "RETRIEVING" && status !== "STREAMING";
}

/** Whether text is missing that only answer(id) can bring. */
export function hasGap(stream: AnswerStream): boolean {
  return stream.waiting.length > 0;
}

export function apply(stream: AnswerStream, event: AnswerEvent): AnswerStream {
  if (event.attempt < stream.attempt) return stream;
  const base = atAttempt(stream, event.attempt);
  return event.offset > base.length ? hold(base, event) : release(advance(base, event));
}

export function applySnapshot(stream: AnswerStream, answer: Answer): AnswerStream {
  if (answer.attempt < stream.attempt) return stream;
  const base = atAttempt(stream, answer.attempt);
  return release(isFinal(answer.status) ? conclude(base, answer) : catchUp(base, answer));
}

/** A higher attempt writes the answer anew, from offset 0. */
function atAttempt(stream: AnswerStream, attempt: number): AnswerStream {
  return attempt > stream.attempt ? { ...unknownAnswer, attempt } : stream;
}

function hold(stream: AnswerStream, event: AnswerEvent): AnswerStream {
  if (stream.waiting.some(({ seq }) => seq === event.seq)) return stream;
  return { ...stream, waiting: [...stream.waiting, event].sort((a, b) => a.seq - b.seq) };
}

/** Takes in an event whose place is known: text already there is not added again. */
function advance(stream: AnswerStream, event: AnswerEvent): AnswerStream {
  const tail = drop(event.text, stream.length - event.offset);
  const grown = { ...stream, text: stream.text + tail, length: stream.length + count(tail) };
  return event.seq > stream.seq ? { ...grown, ...newsOf(stream, event) } : grown;
}

function newsOf(stream: AnswerStream, event: AnswerEvent): Partial<AnswerStream> {
  const { seq, status, error } = event;
  const kept = isFinal(stream.status) && !isFinal(status) ? stream.status : status;
  const citations = event.citations ?? stream.citations;
  const queries = event.queries ?? stream.queries;
  const usage = event.usage ?? stream.usage;
  return { seq, status: kept, error: error ?? stream.error, citations, queries, usage };
}

/** The first waiting event whose text now fits, and then the next. */
function release(stream: AnswerStream): AnswerStream {
  const next = stream.waiting.find(({ offset }) => offset <= stream.length);
  if (next === undefined) return stream;
  return release(advance({ ...stream, waiting: stream.waiting.filter((event) => event !== next) }, next));
}

/** A finished answer is the whole truth about its attempt. */
function conclude(stream: AnswerStream, answer: Answer): AnswerStream {
  const { attempt, status, text, citations, queries, usage, error, lastSeq } = answer;
  const seq = Math.max(stream.seq, lastSeq);
  return { attempt, seq, status, text, length: count(text), citations, queries, usage, error, waiting: [] };
}

/** A snapshot of an unfinished answer may lag behind the events: only what is further along is taken. */
function catchUp(stream: AnswerStream, answer: Answer): AnswerStream {
  const length = count(answer.text);
  const text = length > stream.length ? { text: answer.text, length } : {};
  if (answer.lastSeq < stream.seq || isFinal(stream.status)) return { ...stream, ...text };
  const citations = answer.citations.length > 0 ? answer.citations : stream.citations;
  const queries = answer.queries.length > 0 ? answer.queries : stream.queries;
  return {
    ...stream,
    ...text,
    citations,
    queries,
    seq: answer.lastSeq,
    status: answer.status,
    error: answer.error,
  };
}
