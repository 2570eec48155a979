// Part of the runtime: util.http and util.xml.

const HOP_HEADERS = ["transfer-encoding", "connection", "host", "expect", "keep-alive", "upgrade", "proxy-authenticate", "proxy-authorization", "te", "content-length"];
const OWN_HEADERS = ["access-control-allow-credentials", "access-control-allow-origin", "access-control-expose-headers", "access-control-max-age", "access-control-allow-methods", "access-control-allow-headers", "vary", "content-type"];
const HEADER_BYTES = 4096;

const HEADER_NAME = new Pattern("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$");
const HEADER_VALUE = new Pattern("^[\\t\\x20-\\x7e\\xa0-\\xff]*$");
const mayRespond = (name) => {
  const lower = text(name).toLowerCase();
  return HEADER_NAME.test(lower) && !HOP_HEADERS.includes(lower) && !OWN_HEADERS.includes(lower) && !lower.startsWith("x-amz-") && !lower.startsWith("x-amzn-");
};
const headerText = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
const headerSize = () => Object.entries(call.headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
const refuseHeader = (name) => { call.appended.push(described(`The response header '${text(name)}' is not allowed.`, "ResponseHeaderError")); };

const http = {
  copyHeaders: (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.includes(name.toLowerCase()))),
  addResponseHeader: (name, value) => {
    if (absent(value) || !mayRespond(name) || !HEADER_VALUE.test(headerText(value))) return refuseHeader(name);
    const before = call.headers;
    call.headers = { ...before, [String(name)]: headerText(value) };
    if (headerSize() > HEADER_BYTES) { call.headers = before; refuseHeader(name); }
  },
  addResponseHeaders: (headers) => Object.entries(headers).forEach(([name, value]) => http.addResponseHeader(name, value)),
};

// Elements become members, repeated ones lists; attributes stand beside them, and text next to either is `content`.
const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const ENTITY = new Pattern("&(#x?[0-9a-fA-F]+|\\w+);", "g");
const NUMBER = new Pattern("^-?(0|[1-9]\\d*)(\\.\\d+)?$");
const ATTRIBUTE = new Pattern("([^\\s=]+)\\s*=\\s*(\"[^\"]*\"|'[^']*')", "g");
const MARKUP = new Pattern("<!\\[CDATA\\[([\\s\\S]*?)\\]\\]>|<!--[\\s\\S]*?-->|<\\?[\\s\\S]*?\\?>|<!DOCTYPE[^>]*>|<(/?)([^\\s/>]+)((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>|[^<]+", "g");
const matchAll = kept(Pattern.prototype[Symbol.matchAll]);
const replaceIn = kept(Pattern.prototype[Symbol.replace]);
const matchesOf = (pattern, value) => [...matchAll(pattern, value)];

const entity = (name) => (name[0] !== "#" ? ENTITIES[name] ?? `&${name};` : fromCodePoint(name[1] === "x" ? parseInt(name.slice(2), 16) : Number(name.slice(1))));
const unescaped = (value) => replaceIn(ENTITY, value, (whole, name) => entity(name));
const plainText = (value) => (value === "true" ? true : value === "false" ? false : NUMBER.test(value) ? Number(value) : value);
const grow = (owner, name, value) => {
  owner[name] = Object.hasOwn(owner, name) ? [].concat(owner[name], [value]) : value;
};
const ended = ({ members, written: letters }) => {
  const content = letters.trim();
  if (Object.keys(members).length === 0) return plainText(content);
  return content === "" ? members : { ...members, content: plainText(content) };
};

const xmlToMap = (value) => {
  const open = [{ name: null, members: {}, written: "" }];
  const close = () => { const done = open.pop(); grow(open.at(-1).members, done.name, ended(done)); };
  for (const [whole, data, slash, name, attributes, empty] of matchesOf(MARKUP, String(value))) {
    if (data !== undefined) open.at(-1).written += data;
    else if (name === undefined) { if (whole[0] !== "<") open.at(-1).written += unescaped(whole); }
    else if (slash) { if (open.at(-1).name !== name) fail(`the XML closes '${name}' where it is not open`); close(); }
    else {
      const members = {};
      for (const [, key, quoted] of matchesOf(ATTRIBUTE, attributes)) members[key] = plainText(unescaped(quoted.slice(1, -1)));
      open.push({ name, members, written: "" });
      if (empty) close();
    }
  }
  if (open.length > 1) fail(`the XML does not close '${open.at(-1).name}'`);
  return open[0].members;
};
const xml = {
  toMap: (value) => (absent(value) ? null : xmlToMap(value)),
  toJsonString: (value, encode) => (encode ? JSON.stringify(JSON.stringify(xmlToMap(value))) : JSON.stringify(xmlToMap(value))),
};
