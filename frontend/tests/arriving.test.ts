import { describe, expect, test, vi } from "vitest";
import { Malformed } from "../src/decode";
import { Failure, problemOf } from "../src/problem";
import { backoff, retrying } from "../src/retry";
import { besideThePage, decodeSettings } from "../src/settings";
import { chooseLanguage } from "../src/texts/language";
import { plainSocketUrl } from "../src/transport";
import * as wire from "../src/wire";
import { answer, citation, document, event } from "./examples";

describe("what arrives", () => {
  test("is taken as it is when it has the agreed shape", () => {
    expect(wire.answerEvent(event({ citations: [citation] }), "event")).toEqual(
      event({ citations: [citation] }),
    );
    expect(wire.answer(answer({}), "answer")).toEqual(answer({}));
  });

  test("is refused by the name of the place that is wrong", () => {
    const wrong = { ...event({}), citations: [{ ...citation, marker: "1" }] };
    expect(() => wire.answerEvent(wrong, "event")).toThrow("event.citations[0].marker is not a number");
    expect(() => wire.document({ ...document({}), status: "LOST" }, "d")).toThrow("d.status is not a known");
  });

  test("may leave out what the publisher did not select", () => {
    const { pages: _, ...unselected } = document({});
    expect(wire.document(unselected, "d").pages).toBeNull();
  });

  test("brings an upload's form as JSON text", () => {
    const upload = { url: "http://localhost/b", fields: '{"key":"k"}', document: document({}) };
    expect(wire.upload(upload, "u").fields).toEqual({ key: "k" });
    expect(() => wire.upload({ ...upload, fields: "{" }, "u")).toThrow(Malformed);
  });

  test("as settings may lack an endpoint and notices", () => {
    const told = { region: "r", graphqlUrl: "https://x/graphql", userPoolId: "p", userPoolClientId: "c" };
    expect(decodeSettings(told, "riffle.json")).toMatchObject({ userPoolEndpoint: null, notices: null });
  });
});

describe("problems", () => {
  test("keep the type that GraphQL gave them", () => {
    const thrown = { data: null, errors: [{ errorType: "NotFound", message: "document 'x'" }] };
    expect(problemOf(thrown)).toEqual({ type: "NotFound", message: "document 'x'", retryable: false });
    const restarting = { errors: [{ errorType: "ServiceUnavailableException", message: "no keys" }] };
    expect(problemOf(restarting).retryable).toBe(true);
  });

  test("of a fetch that nobody answered are the network's and may pass", () => {
    const wrapped = {
      errors: [{ message: "Network error", originalError: new TypeError("Failed to fetch") }],
    };
    expect(problemOf(wrapped)).toMatchObject({ type: "Network", retryable: true });
  });

  test("of Cognito are named by its exception", () => {
    const thrown = Object.assign(new Error("Incorrect username"), { name: "NotAuthorizedException" });
    expect(problemOf(thrown)).toMatchObject({
      type: "NotAuthorizedException",
      message: "Incorrect username",
    });
  });
});

describe("trying again", () => {
  test("waits out what may pass", async () => {
    const work = vi.fn().mockRejectedValueOnce(new Failure("Throttled", "slow down")).mockResolvedValue(7);
    await expect(retrying(work, 3, async () => {})).resolves.toBe(7);
  });

  test("does not repeat what would fail again, nor for ever", async () => {
    const refused = vi.fn().mockRejectedValue(new Failure("InvalidInput", "empty"));
    await expect(retrying(refused, 3, async () => {})).rejects.toThrow("empty");
    expect(refused).toHaveBeenCalledTimes(1);
    const down = vi.fn().mockRejectedValue(new Failure("Unavailable", "down"));
    await expect(retrying(down, 2, async () => {})).rejects.toThrow("down");
    expect(down).toHaveBeenCalledTimes(3);
  });

  test("comes later each time, within its bound", () => {
    expect([0, 1, 2, 9].map((attempt) => backoff(attempt, 100, 1_000, () => 1))).toEqual([
      100, 200, 400, 1_000,
    ]);
    expect(backoff(0, 100, 1_000, () => 0)).toBe(50);
  });
});

describe("small choices", () => {
  test("a service on this machine is reached by the name the page was opened with", () => {
    const page = new URL("http://127.0.0.1:8000/?conversation=c");
    expect(besideThePage("http://localhost:8000/graphql", page)).toBe("http://127.0.0.1:8000/graphql");
    expect(besideThePage("http://localhost:9000/graphql", page)).toBe("http://localhost:9000/graphql");
    expect(besideThePage("https://api.example.com/graphql", page)).toBe("https://api.example.com/graphql");
  });

  test("a plain endpoint is spelt so that Amplify opens a plain socket", () => {
    const url = plainSocketUrl("http://localhost:8000/graphql");
    expect(url.replace("https://", "wss://").replace("http://", "wss://")).toBe(url);
    expect(new URL(url).href).toBe("http://localhost:8000/graphql");
    expect(plainSocketUrl("https://x/graphql")).toBe("https://x/graphql");
  });

  test("the page speaks the reader's language if it can", () => {
    expect(chooseLanguage(null, ["fr-FR", "vi-VN", "en"])).toBe("vi");
    expect(chooseLanguage("en", ["vi"])).toBe("en");
    expect(chooseLanguage(null, ["fr"])).toBe("en");
  });
});
