// The modules that APPSYNC_JS handlers import, and the door through which the host calls handlers.
// Host and handlers exchange JSON text only: nothing of the host is reachable from here.
"use strict";

globalThis.__appsync = (() => {
  class Raised { constructor(error) { this.error = error; } }
  class Early { constructor(value) { this.value = value; } }

  let call = null; // what the running handler has asked for besides its return value
  const random = Math.random;

  const absent = (value) => value === null || value === undefined;
  const raise = (message, type, data, info) => {
    throw new Raised({ message: text(message), type: absent(type) ? "null" : String(type), data: data ?? null, info: info ?? null });
  };
  const text = (value) => (absent(value) ? "" : String(value));

  // ---- util: control ---------------------------------------------------------------------------------------------
  const control = {
    error: (message, type, data, info) => raise(message, type, data, info),
    appendError: (message, type, data, info) => {
      call.appended.push({ message: text(message), type: absent(type) ? "null" : String(type), data: data ?? null, info: info ?? null });
    },
    unauthorized: () => { throw new Raised({ unauthorized: true }); },
    validate: (condition, message, type, data) => { if (!condition) raise(message, absent(type) ? "CustomTemplateException" : type, data); },
  };

  // ---- util: values ----------------------------------------------------------------------------------------------
  const values = {
    isNull: absent,
    isNullOrEmpty: (value) => absent(value) || value === "",
    isNullOrBlank: (value) => absent(value) || String(value).trim() === "",
    defaultIfNull: (value, other) => (absent(value) ? other : value),
    defaultIfNullOrEmpty: (value, other) => (values.isNullOrEmpty(value) ? other : value),
    defaultIfNullOrBlank: (value, other) => (values.isNullOrBlank(value) ? other : value),
    isString: (value) => typeof value === "string",
    isNumber: (value) => typeof value === "number",
    isBoolean: (value) => typeof value === "boolean",
    isList: (value) => Array.isArray(value),
    isMap: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    typeOf: (value) => (absent(value) ? "Null" : Array.isArray(value) ? "List" : { string: "String", number: "Number", boolean: "Boolean", object: "Map" }[typeof value] ?? "Object"),
    matches: (pattern, value) => new RegExp(pattern).test(value),
    urlEncode: (value) => encodeURIComponent(value).replace(/%20/g, "+"),
    urlDecode: (value) => decodeURIComponent(String(value).replace(/\+/g, " ")),
    escapeJavaScript: (value) => JSON.stringify(String(value)).slice(1, -1).replace(/'/g, "\\'").replace(/\//g, "\\/"),
    base64Encode: (value) => toBase64(toUtf8(String(value))),
    base64Decode: (value) => fromUtf8(fromBase64(String(value))),
  };

  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const toUtf8 = (value) => {
    const escaped = encodeURIComponent(value);
    const bytes = [];
    for (let at = 0; at < escaped.length; at += 1) {
      if (escaped[at] === "%") { bytes.push(parseInt(escaped.slice(at + 1, at + 3), 16)); at += 2; } else bytes.push(escaped.charCodeAt(at));
    }
    return bytes;
  };
  const fromUtf8 = (bytes) => decodeURIComponent(bytes.map((byte) => "%" + byte.toString(16).padStart(2, "0")).join(""));
  const toBase64 = (bytes) => {
    let out = "";
    for (let at = 0; at < bytes.length; at += 3) {
      const [a, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
      out += ALPHABET[a >> 2] + ALPHABET[((a & 3) << 4) | ((b ?? 0) >> 4)];
      out += b === undefined ? "=" : ALPHABET[((b & 15) << 2) | ((c ?? 0) >> 6)];
      out += c === undefined ? "=" : ALPHABET[c & 63];
    }
    return out;
  };
  const fromBase64 = (value) => {
    const bytes = [];
    let bits = 0, held = 0;
    for (const each of value.replace(/=+$/, "")) {
      held = (held << 6) | ALPHABET.indexOf(each); bits += 6;
      if (bits >= 8) { bits -= 8; bytes.push((held >> bits) & 255); }
    }
    return bytes;
  };

  // ---- util: ids and time ----------------------------------------------------------------------------------------
  const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const ids = {
    autoId: () => {
      call.made += 1; // the seed is the host's, fresh for every call; the counter keeps ids of one call apart
      const hex = call.seed.slice(0, 24) + call.made.toString(16).padStart(8, "0");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
    autoUlid: () => {
      let stamp = call.now, out = "";
      for (let at = 0; at < 10; at += 1) { out = CROCKFORD[stamp % 32] + out; stamp = Math.floor(stamp / 32); }
      for (let at = 0; at < 16; at += 1) out += CROCKFORD[Math.floor(random() * 32)];
      return out;
    },
  };
  const time = {
    nowISO8601: () => new Date(call.now).toISOString(),
    nowEpochSeconds: () => Math.floor(call.now / 1000),
    nowEpochMilliSeconds: () => call.now,
    nowFormatted: (pattern) => format(new Date(call.now), pattern),
    parseISO8601ToEpochMilliSeconds: (value) => Date.parse(value),
    epochMilliSecondsToISO8601: (value) => new Date(value).toISOString(),
    epochMilliSecondsToSeconds: (value) => Math.floor(value / 1000),
  };
  const format = (date, pattern) => {
    const parts = {
      yyyy: date.getUTCFullYear(), MM: date.getUTCMonth() + 1, dd: date.getUTCDate(),
      HH: date.getUTCHours(), mm: date.getUTCMinutes(), ss: date.getUTCSeconds(), SSS: date.getUTCMilliseconds(),
    };
    return pattern.replace(/yyyy|MM|dd|HH|mm|SSS|ss/g, (name) => String(parts[name]).padStart(name.length, "0")).replace(/Z/g, "+0000").replace(/'/g, "");
  };
  const str = {
    toUpper: (value) => String(value).toUpperCase(),
    toLower: (value) => String(value).toLowerCase(),
    toReplace: (value, from, to) => String(value).split(from).join(to),
    normalize: (value, form) => String(value).normalize(String(form).toUpperCase()),
  };
  const math = {
    roundNum: (value) => Math.round(value),
    minVal: (one, other) => Math.min(one, other),
    maxVal: (one, other) => Math.max(one, other),
    randomDouble: () => random(),
    randomWithinRange: (low, high) => low + Math.floor(random() * (high - low)),
  };

  // ---- util.dynamodb ---------------------------------------------------------------------------------------------
  const toDynamoDB = (value) => {
    if (absent(value)) return { NULL: true };
    if (typeof value === "string") return { S: value };
    if (typeof value === "number") return { N: String(value) };
    if (typeof value === "boolean") return { BOOL: value };
    if (Array.isArray(value)) return { L: value.map(toDynamoDB) };
    return { M: toMapValues(value) };
  };
  const toMapValues = (value) => Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toDynamoDB(each)]));
  const dynamodb = {
    toDynamoDB, toMapValues,
    toString: (value) => (absent(value) ? null : { S: String(value) }),
    toNumber: (value) => (absent(value) ? null : { N: String(value) }),
    toBoolean: (value) => (absent(value) ? null : { BOOL: value }),
    toNull: () => ({ NULL: true }),
    toBinary: (value) => (absent(value) ? null : { B: value }),
    toList: (value) => (absent(value) ? null : { L: value.map(toDynamoDB) }),
    toMap: (value) => (absent(value) ? null : { M: toMapValues(value) }),
    toStringSet: (value) => (absent(value) ? null : { SS: value }),
    toNumberSet: (value) => (absent(value) ? null : { NS: value.map(String) }),
  };

  // ---- util.transform --------------------------------------------------------------------------------------------
  // Disjunctive normal form: a list of groups, each a list of conditions that all have to hold.
  const both = (left, right) => left.flatMap((one) => right.map((other) => one.concat(other)));
  const groupsOf = (filter, ignored) =>
    Object.entries(filter).filter(([name]) => !ignored.includes(name)).reduce((groups, [name, value]) => both(groups, clause(name, value, ignored)), [[]]);
  const clause = (name, value, ignored) => {
    if (name === "or") return value.flatMap((each) => groupsOf(each, ignored));
    if (name === "and") return value.reduce((groups, each) => both(groups, groupsOf(each, ignored)), [[]]);
    return Object.entries(value).map(([operator, wanted]) => [{ fieldName: name, operator, value: wanted }]);
  };
  const transform = {
    toSubscriptionFilter: (filter, ignored, rules) => {
      const given = typeof filter === "string" ? JSON.parse(filter) : filter ?? {};
      const groups = groupsOf(given, ignored ?? []);
      const ruled = absent(rules) || Object.keys(rules).length === 0 ? groups : both(groups, groupsOf(rules, []));
      return { filterGroup: ruled.map((filters) => ({ filters })) };
    },
  };

  // ---- runtime, extensions, dynamodb helpers ---------------------------------------------------------------------
  const util = { ...control, ...values, ...ids, time, str, math, dynamodb, transform };
  const runtime = { earlyReturn: (value) => { throw new Early(value); } };
  const extensions = {
    setSubscriptionFilter: (filter) => { call.filter = filter; },
    setSubscriptionInvalidationFilter: (filter) => { call.invalidation = filter; },
    invalidateSubscriptions: (wanted) => { call.invalidate.push(wanted); },
  };
  const modules = { "@aws-appsync/utils": { util, runtime, extensions } };

  // ---- the door --------------------------------------------------------------------------------------------------
  const handlers = {};
  const load = (name) => {
    if (!modules[name]) throw new Error(`module '${name}' is not part of APPSYNC_JS`);
    return modules[name];
  };
  const finish = (outcome) => JSON.stringify({ ...outcome, stash: call.context.stash ?? {}, appended: call.appended, filter: call.filter, invalidation: call.invalidation, invalidate: call.invalidate });
  const run = (code, name, input) => {
    const { context, seed, now } = JSON.parse(input);
    call = { context, seed, now, made: 0, appended: [], filter: null, invalidation: null, invalidate: [] };
    // Not enumerable, so that a context passed on as a payload is the direct Lambda resolver's event and no more.
    Object.defineProperties(context, { args: { value: context.arguments }, outErrors: { value: call.appended } });
    try {
      const handler = handlers[code][name];
      if (!handler) return finish({ kind: "value", value: name === "response" ? context.result ?? null : null });
      return finish({ kind: "value", value: handler(context) ?? null });
    } catch (thrown) {
      if (thrown instanceof Early) return finish({ kind: "early", value: thrown.value ?? null });
      if (thrown instanceof Raised) return finish({ kind: "error", error: thrown.error });
      return finish({ kind: "crash", error: { message: `${thrown?.name ?? "Error"}: ${thrown?.message ?? thrown}`, stack: thrown?.stack ?? "" } });
    }
  };
  return { load, run, has: (code) => code in handlers, register: (code, functions) => { handlers[code] = functions; } };
})();
