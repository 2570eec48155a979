// Part of the runtime: errors, encodings, ids, and small helpers for texts and numbers.

class Raised { constructor(error) { this.error = error; } }
class Early { constructor(value, skipTo) { this.value = value; this.skipTo = skipTo; } }

let call = null; // what the running handler has asked for besides its return value
const random = Math.random;
const Pattern = RegExp;

const absent = (value) => value === null || value === undefined;
const text = (value) => (absent(value) ? "" : String(value));
// Methods that handlers may not use are kept before `language.js` takes them away.
const { fromCodePoint } = String;
const { defineProperty } = Object;
const { apply } = Reflect;
const kept = (method) => (value, ...rest) => apply(method, value, rest);
const padStart = kept(String.prototype.padStart);
const codeAt = kept(String.prototype.charCodeAt);
const parseJson = JSON.parse;
const padded = (value, length) => padStart(String(value).slice(-length), length, "0");
const described = (message, type, data, info) => ({
  message: text(message), type: absent(type) ? "null" : String(type), data: data ?? null, info: info ?? null,
});
const fail = (message) => { throw new Error(message); };

const control = {
  error: (message, type, data, info) => { throw new Raised(described(message, type, data, info)); },
  appendError: (message, type, data, info) => { call.appended.push(described(message, type, data, info)); },
  unauthorized: () => { throw new Raised({ unauthorized: true }); },
  matches: (pattern, value) => new Pattern(pattern).test(value),
  authType: () => {
    const { identity } = call.context;
    if (absent(identity)) return "API Key Authorization";
    if ("userArn" in identity) return "IAM Authorization";
    if ("defaultAuthStrategy" in identity) return "User Pool Authorization";
    return "sub" in identity ? "Open ID Connect Authorization" : "Lambda Authorization";
  },
};

const SHORT = { "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "'": "\\'", "\\": "\\\\", "/": "\\/" };
const escaped = (letter) =>
  SHORT[letter] ?? (letter >= " " && letter <= "~" ? letter : `\\u${padded(codeAt(letter, 0).toString(16).toUpperCase(), 4)}`);

const encodings = {
  escapeJavaScript: (value) => text(value).split("").map(escaped).join(""),
  urlEncode: (value) => encodeURIComponent(value).split("%20").join("+"),
  urlDecode: (value) => decodeURIComponent(String(value).split("+").join(" ")),
  base64Encode: (value) => toBase64(toUtf8(String(value))),
  base64Decode: (value) => fromUtf8(fromBase64(String(value))),
};

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const toUtf8 = (value) => {
  const bytes = [];
  for (const letter of value) {
    const code = codeAt(letter, 0);
    if (code < 128) bytes.push(code);
    else for (const written of encodeURIComponent(letter).slice(1).split("%")) bytes.push(parseInt(written, 16));
  }
  return bytes;
};
const fromUtf8 = (bytes) => decodeURIComponent(bytes.map((byte) => `%${padded(byte.toString(16), 2)}`).join(""));
const TWO_LETTERS = Array.from({ length: 4096 }, (_, bits) => ALPHABET[bits >> 6] + ALPHABET[bits & 63]);
const toBase64 = (bytes) => {
  let out = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    out += TWO_LETTERS[bits >> 12] + TWO_LETTERS[bits & 4095];
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  return missing ? out.slice(0, -missing) + ["", "=", "=="][missing] : out;
};
const fromBase64 = (value) => {
  const bytes = [];
  let bits = 0, held = 0;
  for (const each of value) {
    if (each === "=") break;
    held = (held << 6) | ALPHABET.indexOf(each); bits += 6;
    if (bits >= 8) { bits -= 8; bytes.push((held >> bits) & 255); }
  }
  return bytes;
};

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const KSUID_EPOCH = 1400000000;
const digits = (number, alphabet, length) => {
  const base = BigInt(alphabet.length);
  let out = "";
  for (let at = 0; at < length; at += 1) { out = alphabet[Number(number % base)] + out; number /= base; }
  return out;
};
// The seed is the host's, fresh for every call; the counter keeps ids of one call apart.
const unique = () => { call.made += 1; return call.seed.slice(0, 24) + padded(call.made.toString(16), 8); };

const ids = {
  autoId: () => {
    const hex = unique();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  },
  autoUlid: () => digits(BigInt(call.now), CROCKFORD, 10) + digits(BigInt(`0x${unique()}`), CROCKFORD, 16),
  autoKsuid: () => digits((BigInt(Math.floor(call.now / 1000) - KSUID_EPOCH) << 128n) | BigInt(`0x${unique()}`), BASE62, 27),
};

const str = { normalize: (value, form) => String(value).normalize(String(form).toUpperCase()) };
const math = {
  roundNum: (value) => Math.round(value),
  minVal: (one, other) => Math.min(one, other),
  maxVal: (one, other) => Math.max(one, other),
  randomDouble: () => random(),
  randomWithinRange: (low, high) => low + Math.floor(random() * (high - low)),
};
