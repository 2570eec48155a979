import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AnswerStream } from "../src/answerStream";
import { followAnswer, type Source } from "../src/followAnswer";
import { Failure } from "../src/problem";
import type { Listener } from "../src/transport";
import type { Answer, AnswerEvent, Problem } from "../src/wire";
import { answer, event } from "./examples";

/** A service with one answer: what is stored, what was asked of it, and the ear of whoever listens. */
class Service implements Source {
  stored: Answer | null = null;
  listener: Listener<AnswerEvent> | null = null;
  calls: string[] = [];
  offline = false;

  listen = (listener: Listener<AnswerEvent>) => {
    this.calls.push("listen");
    this.listener = listener;
    return () => {
      this.listener = null;
    };
  };

  fetch = async () => {
    this.calls.push("fetch");
    if (this.offline) throw new Failure("Network", "nobody answers");
    return this.stored;
  };

  ask = async () => {
    this.calls.push("ask");
    this.stored ??= answer({ attempt: 0, status: "QUEUED" });
    return this.stored;
  };
}

class Page {
  stream: AnswerStream | null = null;
  problem: Problem | null = null;
  onChange = (stream: AnswerStream) => {
    this.stream = stream;
  };
  onProblem = (problem: Problem) => {
    this.problem = problem;
  };
}

function begin(service: Source, known: Answer | null = null) {
  const page = new Page();
  return { page, stop: followAnswer(service, page, known) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a question", () => {
  test("is asked only once the subscription is acknowledged", async () => {
    const service = new Service();
    begin(service);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(service.calls).toEqual(["listen"]);
    service.listener?.onEstablished?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(service.calls).toEqual(["listen", "ask"]);
  });

  test("is asked all the same when the acknowledgement does not come, and read until it is final", async () => {
    const service = new Service();
    const { page } = begin(service);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(service.calls).toContain("ask");
    service.stored = answer({ text: "Because.", status: "COMPLETE", lastSeq: 4 });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(page.stream).toMatchObject({ text: "Because.", status: "COMPLETE" });
    expect(service.listener).toBeNull();
  });

  test("that the service refuses tells the problem and stops listening", async () => {
    const service = new Service();
    service.ask = () => Promise.reject(new Failure("InvalidInput", "question is empty"));
    const { page } = begin(service);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(page.problem).toMatchObject({ type: "InvalidInput", message: "question is empty" });
    expect(service.listener).toBeNull();
  });

  test("unknown to the service and with no draft is not found", async () => {
    const service = new Service();
    const { page } = begin({ listen: service.listen, fetch: service.fetch });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(page.problem?.type).toBe("NotFound");
  });
});

describe("an answer being written", () => {
  test("is read again when an event was lost", async () => {
    const service = new Service();
    service.stored = answer({ text: "One ", lastSeq: 1 });
    const { page } = begin(service, service.stored);
    service.listener?.onEvent(event({ seq: 3, offset: 8, text: "three", status: "COMPLETE" }));
    service.stored = answer({ text: "One two ", lastSeq: 2 });
    await vi.advanceTimersByTimeAsync(400);
    expect(page.stream).toMatchObject({ text: "One two three", status: "COMPLETE" });
  });

  test("is read again after a reconnection", async () => {
    const service = new Service();
    service.stored = answer({ text: "One ", lastSeq: 1 });
    const { page } = begin(service, service.stored);
    service.listener?.onEstablished?.();
    await vi.advanceTimersByTimeAsync(0);
    service.stored = answer({ text: "One two ", lastSeq: 2 });
    service.listener?.onEstablished?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(page.stream?.text).toBe("One two ");
  });

  test("survives a time without network", async () => {
    const service = new Service();
    service.stored = answer({ text: "One ", lastSeq: 1 });
    service.offline = true;
    const { page } = begin(service, service.stored);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(page.problem).toBeNull();
    service.offline = false;
    service.stored = answer({ text: "One two", lastSeq: 2, status: "COMPLETE" });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(page.stream).toMatchObject({ text: "One two", status: "COMPLETE" });
  });

  test("is not reported on after it was left", async () => {
    const service = new Service();
    const { page, stop } = begin(service);
    const { listener } = service;
    stop();
    listener?.onEvent(event({ text: "late" }));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(page.stream).toBeNull();
    expect(service.calls).toEqual(["listen"]);
  });
});
