// Part of the runtime: what handlers can import, and the door through which the host calls them.
// Host and handlers exchange JSON text only: nothing of the host is reachable from here.

const strict = (name, members) => new Proxy(members, {
  get: (target, key) => (Object.hasOwn(target, key) || typeof key === "symbol" || key === "toJSON" ? target[key] : fail(`${name}.${key} is not part of APPSYNC_JS, or not served here`)),
});
const nested = (name, groups) => Object.fromEntries(Object.entries(groups).map(([key, members]) => [key, strict(`${name}.${key}`, members)]));

const ITERATIONS = 1000;
function* values(given) {
  let turns = 0;
  for (const each of given) {
    turns += 1;
    if (turns > ITERATIONS) fail(`a loop went round more than ${ITERATIONS} times`);
    yield each;
  }
}
const names = (given) => {
  if (given && Object.keys(given).length > ITERATIONS) fail(`a loop went round more than ${ITERATIONS} times`);
  return given;
};

const util = strict("util", { ...control, ...encodings, ...ids, ...nested("util", { time, str, math, dynamodb, transform, http, xml }) });
const runtime = strict("runtime", { earlyReturn: (value, options) => { throw new Early(value, options?.skipTo ?? null); } });
const extensions = strict("extensions", {
  setSubscriptionFilter: (filter) => { call.filter = filter ?? null; },
  setSubscriptionInvalidationFilter: (filter) => { call.invalidation = filter ?? null; },
  invalidateSubscriptions: (wanted) => { call.invalidate.push(wanted ?? null); },
  evictFromApiCache: (type, field, keys) => { call.evicted.push({ type, field, keys: keys ?? {} }); },
});
const modules = {
  "@aws-appsync/utils": strict("@aws-appsync/utils", { util, runtime, extensions }),
  "@aws-appsync/utils/dynamodb": strict("@aws-appsync/utils/dynamodb", tableRequests),
};

const logged = (...given) => { call.logs.push(given.map((each) => (typeof each === "string" ? each : JSON.stringify(each))).join(" ")); };
Object.assign(globalThis, { util, runtime, extensions, console: strict("console", { log: logged, error: logged }) });

const handed = { values, names, load: (name) => modules[name] ?? fail(`module '${name}' is not part of APPSYNC_JS, or not served here`) };
const codes = {};

const define = (code, build) => { codes[code] = build; };
// `request`, or `onPublish.request`: a function that is exported, or a member of an object that is.
const handlersOf = (exported) => Object.entries(exported).flatMap(([name, value]) =>
  typeof value === "function" ? [name] : Object.entries(value ?? {}).filter(([, each]) => typeof each === "function").map(([part]) => `${name}.${part}`));
const exportsOf = (code) => JSON.stringify(handlersOf(codes[code](handed)));
const found = (exported, path) => path.split(".").reduce((owner, name) => owner?.[name], exported);

const finish = (outcome) => JSON.stringify({
  ...outcome, stash: call.context.stash ?? {}, appended: call.appended, filter: call.filter, invalidation: call.invalidation,
  invalidate: call.invalidate, headers: call.headers, evicted: call.evicted, logs: call.logs,
});
const begin = (input) => {
  const { context, env, seed, now, appended } = parseJson(input);
  call = { context, seed, now, made: 0, appended: [], filter: null, invalidation: null, invalidate: [], headers: {}, evicted: [], logs: [] };
  // Not enumerable, so that a context passed on as a payload is the direct Lambda resolver's event and no more.
  // A namespace's handlers and functions are sent `outErrors` as a member.
  hide(context, { args: context.arguments, env, outErrors: Object.hasOwn(context, "outErrors") ? undefined : appended });
  if (context.info) hide(context.info, { selectionSetList: context.info.selectionSetList, selectionSetGraphQL: context.info.selectionSetGraphQL });
  return context;
};
const hide = (owner, members) => Object.entries(members).filter(([, value]) => value !== undefined).forEach(([name, value]) => defineProperty(owner, name, { value, enumerable: false, configurable: true }));
const failed = (thrown) => {
  if (thrown instanceof Early) return { kind: "early", value: thrown.value ?? null, skipTo: thrown.skipTo };
  if (thrown instanceof Raised) return { kind: "error", error: thrown.error };
  if (thrown instanceof NeedsZone) return { kind: "zone", zone: thrown.zone };
  return { kind: "crash", error: { message: `${thrown?.name ?? "Error"}: ${thrown?.message ?? thrown}`, stack: thrown?.stack ?? "" } };
};
// A handler that is not there: nothing to ask for, and the source's result as it is.
const missed = (path, context) => (path.endsWith("response") ? context.result ?? null : null);
const run = (code, path, input) => {
  const context = begin(input);
  try {
    const handler = found(codes[code](handed), path);
    return finish({ kind: "value", value: handler ? handler(context) ?? null : missed(path, context) });
  } catch (thrown) {
    return finish(failed(thrown));
  }
};
const learnZone = (zone, transitions) => { zones[zone] = parseJson(transitions); };
