/** The one place that talks through Amplify: configuration, GraphQL over HTTP, subscriptions, connection state. */
import { Amplify } from "aws-amplify";
import { CONNECTION_STATE_CHANGE, generateClient } from "aws-amplify/api";
import { fetchAuthSession } from "aws-amplify/auth";
import { Hub } from "aws-amplify/utils";
import { type Decoder, isRecord } from "./decode";
import { Failure, problemOf } from "./problem";
import { backoff } from "./retry";
import type { Settings } from "./settings";

/** An operation's text that knows, for the compiler, what it returns and takes. */
export interface Operation<Result, Variables> {
  toString(): string;
  __apiType?: (variables: Variables) => Result;
}

export interface Listener<T> {
  readonly onEvent: (event: T) => void;
  /** The server has acknowledged the subscription: at first, and after each reconnection. */
  readonly onEstablished?: () => void;
}

/** `offline`: the browser has no network. `broken`: the socket was lost and is being opened again. */
export type Connection = "fine" | "broken" | "offline";

/** Amplify turns http:// into wss:// for the socket, whatever the port speaks. It looks for the scheme in lower
 * case only, and browsers read HTTP:// as http:// (a socket as ws://), so plain endpoints are spelt that way. */
export function plainSocketUrl(url: string): string {
  return url.replace(/^http:/, "HTTP:");
}

export function configure(settings: Settings): void {
  const { userPoolId, userPoolClientId, userPoolEndpoint, graphqlUrl: url, region } = settings;
  const endpoint = userPoolEndpoint === null ? {} : { userPoolEndpoint };
  Amplify.configure({
    Auth: { Cognito: { userPoolId, userPoolClientId, ...endpoint } },
    API: { GraphQL: { endpoint: plainSocketUrl(url), region, defaultAuthMode: "userPool" } },
  });
}

/** Asks with the token that is kept; when the service does not accept it, once more with a fresh one. */
export async function request<Result, Variables extends object, T>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  decode: Decoder<T>,
): Promise<T> {
  try {
    return await send(operation, variables, decode);
  } catch (thrown) {
    if (problemOf(thrown).type !== "UnauthorizedException") throw thrown;
    await fetchAuthSession({ forceRefresh: true });
    return await send(operation, variables, decode);
  }
}

async function send<Result, Variables extends object, T>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  decode: Decoder<T>,
): Promise<T> {
  const response: unknown = await generateClient().graphql({
    query: operation.toString(),
    variables: { ...variables },
  });
  return decode(rootField(response), "answer");
}

/** The one root field of a response; a response with errors was already thrown by Amplify. */
function rootField(response: unknown): unknown {
  if (!isRecord(response) || !isRecord(response["data"])) throw new Failure("Malformed", "no data");
  return Object.values(response["data"])[0];
}

interface Stream {
  subscribe(observer: { next: (message: unknown) => void; error: (thrown: unknown) => void }): {
    unsubscribe(): void;
  };
}

/** Listens until the returned function is called; a refused or broken subscription is started again, later each time. */
export function subscribe<Result, Variables extends object, T>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  decode: Decoder<T>,
  listener: Listener<T>,
): () => void {
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: { unsubscribe(): void } | undefined;
  const query = operation.toString();
  const start = () => {
    // Typed by the text of a query, which the compiler does not see here: a subscription returns a stream.
    const stream = generateClient().graphql({ query, variables: { ...variables } }) as unknown as Stream;
    running = stream.subscribe({ next: (message) => deliver(message, decode, listener), error: again });
  };
  const again = () => {
    timer = setTimeout(start, backoff(attempt++, 1_000, 30_000));
  };
  const deaf = onAcknowledged(query, variables, () => {
    attempt = 0;
    listener.onEstablished?.();
  });
  start();
  return () => {
    clearTimeout(timer);
    deaf();
    running?.unsubscribe();
  };
}

function deliver<T>(message: unknown, decode: Decoder<T>, listener: Listener<T>): void {
  const event = readEvent(message, decode);
  if (event !== null) listener.onEvent(event);
}

/** A malformed event is as good as a lost one: the next snapshot brings what it said. */
function readEvent<T>(message: unknown, decode: Decoder<T>): T | null {
  try {
    return decode(rootField(message), "event");
  } catch (thrown) {
    if (problemOf(thrown).type === "Malformed") return null;
    throw thrown;
  }
}

/** Amplify tells of every start_ack on its Hub, with the text (reprinted) and the variables of the subscription. */
function onAcknowledged(query: string, variables: object, then: () => void): () => void {
  const wanted = JSON.stringify([operationName(query), variables]);
  return Hub.listen("api", ({ payload: { event, data } }) => {
    if (event !== "Subscription ack" || !isRecord(data)) return;
    const got = JSON.stringify([operationName(String(data["query"])), data["variables"] ?? {}]);
    if (got === wanted) then();
  });
}

function operationName(query: string): string {
  return /subscription\s+(\w+)/.exec(query)?.[1] ?? "";
}

export function onConnection(then: (connection: Connection) => void): () => void {
  const report = (state: string) => {
    if (state === "Connecting") return; // how that ends is still to be told
    if (!navigator.onLine || state.endsWith("PendingNetwork")) then("offline");
    else then(state === "ConnectionDisrupted" ? "broken" : "fine");
  };
  const offline = () => then("offline");
  const online = () => then("fine");
  window.addEventListener("offline", offline);
  window.addEventListener("online", online);
  const deaf = Hub.listen("api", ({ payload: { event, data } }) => {
    if (event === CONNECTION_STATE_CHANGE && isRecord(data)) report(String(data["connectionState"]));
  });
  return () => {
    window.removeEventListener("offline", offline);
    window.removeEventListener("online", online);
    deaf();
  };
}
