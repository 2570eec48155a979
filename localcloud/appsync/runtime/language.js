// Part of the runtime: what ECMAScript has and APPSYNC_JS has not, and what handlers must not do to each other.
// Runs last, when the runtime holds what it needs.

const missing = (name) => () => fail(`${name} is not part of APPSYNC_JS`);
const replaceMethod = (owner, method, value) => defineProperty(owner, method, { value, writable: false, configurable: false });
const takeAway = (owner, prefix, methods) => methods.forEach((method) => replaceMethod(owner, method, missing(`${prefix}.${method}`)));

// Java's replaceFirst and replaceAll: the pattern is a regular expression in a string.
// https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
const javaReplace = (flags) => ({ replaced(pattern, replacement) { return replaceIn(new Pattern(pattern, flags), String(this), String(replacement)); } }).replaced;
// The engine cannot be stopped within these: searching is quadratic, and a single element far out makes a list long.
const COMPARISONS = 1e9;
const LONGEST = 1e6;
const guard = (owner, methods, check) => methods.forEach((method) => {
  const native = owner[method];
  replaceMethod(owner, method, { guarded(...given) { check(this, given); return apply(native, this, given); } }.guarded);
});
const checkSearch = (whole, [part]) => {
  if (typeof part === "string" && whole.length * part.length > COMPARISONS) fail("a text is too long to be searched for another so long");
};
const checkLength = (list, given) => {
  if ([list, ...given].some((each) => isArray(each) && each.length > LONGEST)) fail(`a list has more than ${LONGEST} places`);
};
const { isArray } = Array;
const { sort } = Array.prototype;
const sorted = (list) => { checkLength(list, []); return apply(sort, list, []); };

// Whoever asks, handlers run in the same engine: what they all can reach is read-only. An object's own member may
// still be called as one of Object.prototype's.
const { freeze, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;
const Seen = Set;
const { iterator } = Symbol;
const overridable = (owner, name) => {
  const { value, get } = getOwnPropertyDescriptor(owner, name);
  const set = function (given) { defineProperty(this, name, { value: given, writable: true, enumerable: true, configurable: true }); };
  if (!get) defineProperty(owner, name, { get: () => value, set, enumerable: false, configurable: false });
};
const harden = (value, seen) => {
  if (value === null || !["object", "function"].includes(typeof value) || seen.has(value)) return;
  seen.add(value);
  freeze(value);
  harden(getPrototypeOf(value), seen);
  for (const key of ownKeys(value)) {
    const { value: member, get, set } = getOwnPropertyDescriptor(value, key);
    [member, get, set].forEach((each) => harden(each, seen));
  }
};
const share = () => {
  const names = ownKeys(globalThis).filter((name) => name !== "globalThis");
  names.forEach((name) => defineProperty(globalThis, name, { writable: false, configurable: false }));
  ownKeys(Object.prototype).forEach((name) => overridable(Object.prototype, name));
  const seen = new Seen([globalThis]);
  [modules, function* () {}, [][iterator](), ""[iterator](), ...names.map((name) => globalThis[name])].forEach((each) => harden(each, seen));
};

const restrict = () => {
  takeAway(Array.prototype, "Array", ["copyWithin", "entries", "keys", "values"]);
  takeAway(Array, "Array", ["from", "of", "fromAsync"]);
  takeAway(Object, "Object", ["create", "defineProperties", "defineProperty", "freeze", "getOwnPropertyDescriptor", "getOwnPropertyDescriptors", "getOwnPropertyNames", "getOwnPropertySymbols", "getPrototypeOf", "is", "isExtensible", "isFrozen", "isSealed", "preventExtensions", "seal", "setPrototypeOf"]);
  takeAway(String.prototype, "String", ["charCodeAt", "localeCompare", "match", "matchAll", "padEnd", "padStart", "repeat", "search", "toLocaleLowerCase", "toLocaleUpperCase"]);
  takeAway(String, "String", ["fromCharCode", "fromCodePoint"]);
  takeAway(Function.prototype, "Function", ["apply", "bind", "call"]);
  replaceMethod(String.prototype, "replace", javaReplace(""));
  replaceMethod(String.prototype, "replaceAll", javaReplace("g"));
  replaceMethod(Array.prototype, "sort", function (compare) { return compare ? fail("Array.sort takes no function in APPSYNC_JS") : sorted(this); });
  // A text that is no JSON is a blank string, and no error.
  replaceMethod(JSON, "parse", (value) => { try { return parseJson(value); } catch { return ""; } });
  replaceMethod(Function.prototype, "constructor", missing("Function"));
  guard(String.prototype, ["includes", "indexOf", "lastIndexOf", "split"], checkSearch);
  guard(Array.prototype, ["concat", "flat", "flatMap", "join", "reverse", "shift", "slice", "splice", "toLocaleString", "unshift"], checkLength);
  for (const name of ABSENT) delete globalThis[name];
  share();
};
const ABSENT = ["eval", "Function", "Promise", "Proxy", "Reflect", "Symbol", "RegExp", "Map", "Set", "WeakMap", "WeakSet", "WeakRef", "FinalizationRegistry", "Iterator", "ArrayBuffer", "SharedArrayBuffer", "DataView", "Atomics", "queueMicrotask", "performance", "DOMException", "btoa", "atob", "DisposableStack", "AsyncDisposableStack", "__appsync"];
