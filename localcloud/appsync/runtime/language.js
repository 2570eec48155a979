// Part of the runtime: what ECMAScript has and APPSYNC_JS has not. Runs last, when the runtime holds what it needs.

const missing = (name) => () => fail(`${name} is not part of APPSYNC_JS`);
const replaceMethod = (owner, method, value) => defineProperty(owner, method, { value, writable: false, configurable: false });
const takeAway = (owner, prefix, methods) => methods.forEach((method) => replaceMethod(owner, method, missing(`${prefix}.${method}`)));

// Java's replaceFirst and replaceAll: the pattern is a regular expression in a string.
// https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
const javaReplace = (flags) => ({ replaced(pattern, replacement) { return replaceIn(new Pattern(pattern, flags), String(this), String(replacement)); } }).replaced;
const { sort } = Array.prototype;

const restrict = () => {
  takeAway(Array.prototype, "Array", ["copyWithin", "entries", "keys", "values"]);
  takeAway(Array, "Array", ["from", "of", "fromAsync"]);
  takeAway(Object, "Object", ["create", "defineProperties", "defineProperty", "freeze", "getOwnPropertyDescriptor", "getOwnPropertyDescriptors", "getOwnPropertyNames", "getOwnPropertySymbols", "getPrototypeOf", "is", "isExtensible", "isFrozen", "isSealed", "preventExtensions", "seal", "setPrototypeOf"]);
  takeAway(String.prototype, "String", ["charCodeAt", "localeCompare", "match", "matchAll", "padEnd", "padStart", "repeat", "search", "toLocaleLowerCase", "toLocaleUpperCase"]);
  takeAway(String, "String", ["fromCharCode", "fromCodePoint"]);
  takeAway(Function.prototype, "Function", ["apply", "bind", "call"]);
  replaceMethod(String.prototype, "replace", javaReplace(""));
  replaceMethod(String.prototype, "replaceAll", javaReplace("g"));
  replaceMethod(Array.prototype, "sort", function (compare) { return compare ? fail("Array.sort takes no function in APPSYNC_JS") : apply(sort, this, []); });
  // A text that is no JSON is a blank string, and no error.
  replaceMethod(JSON, "parse", (value) => { try { return parseJson(value); } catch { return ""; } });
  for (const name of ABSENT) delete globalThis[name];
};
const ABSENT = ["eval", "Function", "Promise", "Proxy", "Reflect", "Symbol", "RegExp", "Map", "Set", "WeakMap", "WeakSet", "WeakRef", "FinalizationRegistry", "Iterator", "ArrayBuffer", "SharedArrayBuffer", "DataView", "Atomics", "queueMicrotask", "performance", "DOMException", "btoa", "atob", "DisposableStack", "AsyncDisposableStack", "__appsync"];
