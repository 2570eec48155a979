// Part of the runtime: util.time, whose patterns are those of Java's DateTimeFormatter, in English.
// This engine knows no time zones: the host is asked for one by throwing its name, and runs the handler again.

class NeedsZone { constructor(zone) { this.zone = zone; } }

const zones = {};
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const OFFSET = new Pattern("^(?:UTC|GMT|UT)?([+-])(\\d{1,2})(?::?(\\d\\d))?(?::?(\\d\\d))?$");

// Milliseconds east of UTC at an instant.
const offsetAt = (zone, instant) => {
  if (absent(zone) || ["UTC", "GMT", "Z", "UT"].includes(zone)) return 0;
  const fixed = OFFSET.exec(zone);
  if (fixed) return (fixed[1] === "-" ? -1 : 1) * (fixed[2] * 3600 + (fixed[3] ?? 0) * 60 + (fixed[4] ?? 0) * 1) * 1000;
  if (!zones[zone]) throw new NeedsZone(zone);
  return zones[zone].findLast(([since]) => since <= instant)[1] * 1000;
};

// Wall clock to instant: the offset is looked up where the clock would be in UTC, and once more where that leads.
const instantOf = (wall, zone) => {
  const guess = wall - offsetAt(zone, wall);
  return wall - offsetAt(zone, guess);
};

// Runs of one letter, quoted texts, and everything else letter by letter.
const tokens = (pattern) => {
  const found = [];
  for (let at = 0; at < pattern.length; ) {
    const letter = pattern[at];
    let end = at + 1;
    if (letter === "'") {
      end = pattern.indexOf("'", at + 1);
      if (end < 0) fail(`the pattern '${pattern}' has an open quote`);
      found.push({ literal: end === at + 1 ? "'" : pattern.slice(at + 1, end) });
      at = end + 1;
      continue;
    }
    while (pattern[end] === letter) end += 1;
    found.push(isLetter(letter) ? { letter, length: end - at } : { literal: pattern.slice(at, end) });
    at = end;
  }
  return found;
};
const isLetter = (value) => (value >= "a" && value <= "z") || (value >= "A" && value <= "Z");

const written = (name, length) => (length > 3 ? name : name.slice(0, 3));
const offsetText = (offset, colon, zero) => {
  if (offset === 0 && zero) return zero;
  const minutes = Math.abs(offset) / 60000;
  return (offset < 0 ? "-" : "+") + padded(Math.floor(minutes / 60), 2) + colon + padded(Math.floor(minutes % 60), 2);
};
const hour12 = (clock) => clock.getUTCHours() % 12 || 12;
const yearDay = (clock) => Math.floor((clock.getTime() - Date.UTC(clock.getUTCFullYear(), 0, 1)) / 86400000) + 1;
const number = (read) => (clock, length) => padded(read(clock), Math.max(length, String(read(clock)).length));
const year = (clock, length) => (length === 2 ? padded(clock.getUTCFullYear() % 100, 2) : number((each) => each.getUTCFullYear())(clock, length));
const month = (clock, length) => (length < 3 ? number((each) => each.getUTCMonth() + 1)(clock, length) : written(MONTHS[clock.getUTCMonth()], length));
const weekday = (clock, length) => written(DAYS[clock.getUTCDay()], length);

const WRITERS = {
  y: year, u: year, M: month, L: month, E: weekday,
  d: number((clock) => clock.getUTCDate()),
  D: number(yearDay),
  e: number((clock) => clock.getUTCDay() + 1),
  H: number((clock) => clock.getUTCHours()),
  k: number((clock) => clock.getUTCHours() || 24),
  h: number(hour12),
  K: number((clock) => clock.getUTCHours() % 12),
  m: number((clock) => clock.getUTCMinutes()),
  s: number((clock) => clock.getUTCSeconds()),
  S: (clock, length) => (padded(clock.getUTCMilliseconds(), 3) + "000000").slice(0, length),
  a: (clock) => (clock.getUTCHours() < 12 ? "AM" : "PM"),
  Z: (clock, length, { offset }) => (length === 5 ? offsetText(offset, ":", "Z") : (length === 4 ? "GMT" : "") + offsetText(offset, length === 4 ? ":" : "")),
  X: (clock, length, { offset }) => (length === 1 && offset % 3600000 === 0 ? offsetText(offset, "", "Z").slice(0, 3) : offsetText(offset, length > 2 ? ":" : "", "Z")),
  x: (clock, length, { offset }) => (length === 1 && offset % 3600000 === 0 ? offsetText(offset, "").slice(0, 3) : offsetText(offset, length > 2 ? ":" : "")),
  V: (clock, length, { zone }) => zone,
};

const formatted = (instant, pattern, zone) => {
  const offset = offsetAt(zone, instant);
  const clock = new Date(instant + offset);
  const write = ({ literal, letter, length }) => {
    if (literal !== undefined) return literal;
    const writer = WRITERS[letter] ?? fail(`the letter '${letter}' of the pattern '${pattern}' is not served here`);
    return writer(clock, length, { offset, zone: zone ?? "UTC" });
  };
  return tokens(pattern).map(write).join("");
};

// What a letter reads: a regular expression, and where its value goes.
const digitsFor = (length, most) => (length > 1 ? `\\d{${length}}` : `\\d{1,${most}}`);
const numeric = (name, most) => (length) => ({ expression: digitsFor(length, most), set: (parts, value) => { parts[name] = Number(value); } });
const nameIn = (names, name) => (length) => ({
  expression: names.map((each) => written(each, length)).join("|"),
  set: (parts, value) => { parts[name] = names.findIndex((each) => written(each, length) === value) + 1; },
});
const yearIn = (length) => ({
  expression: length === 2 ? "\\d\\d" : digitsFor(length, 9),
  set: (parts, value) => { parts.year = Number(value) + (length === 2 ? 2000 : 0); },
});
const zoneIn = () => ({ expression: "Z|GMT[+-]\\d\\d:?\\d\\d|[+-]\\d\\d(?::?\\d\\d)?", set: (parts, value) => { parts.zone = value; } });
const READERS = {
  y: yearIn, u: yearIn, X: zoneIn, x: zoneIn, Z: zoneIn,
  M: (length) => (length > 2 ? nameIn(MONTHS, "month")(length) : numeric("month", 2)(length)),
  L: (length) => READERS.M(length),
  E: (length) => nameIn(DAYS, "weekday")(length),
  d: numeric("day", 2), H: numeric("hour", 2), h: numeric("hour12", 2), m: numeric("minute", 2), s: numeric("second", 2),
  S: (length) => ({ expression: `\\d{${length}}`, set: (parts, value) => { parts.milli = Math.floor(Number(`0.${value}`) * 1000 + 1e-6); } }),
  a: () => ({ expression: "AM|PM", set: (parts, value) => { parts.afternoon = value === "PM"; } }),
  V: () => ({ expression: "[A-Za-z_+\\-/0-9]+", set: (parts, value) => { parts.zone = value; } }),
};

const parsed = (value, pattern, zone) => {
  const readers = tokens(pattern).map(({ literal, letter, length }) => {
    if (literal !== undefined) return { expression: literal.split("").map((each) => (isLetter(each) ? each : `\\u{${each.codePointAt(0).toString(16)}}`)).join(""), set: () => {} };
    return (READERS[letter] ?? fail(`the letter '${letter}' of the pattern '${pattern}' is not served here`))(length);
  });
  const found = new Pattern(`^${readers.map((each) => `(${each.expression})`).join("")}$`, "u").exec(value) ?? fail(`'${value}' is not a time of the form '${pattern}'`);
  const parts = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, milli: 0 };
  readers.forEach((each, at) => each.set(parts, found[at + 1]));
  if (parts.hour12 !== undefined) parts.hour = (parts.hour12 % 12) + (parts.afternoon ? 12 : 0);
  return instantOf(Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second, parts.milli), parts.zone ?? zone);
};

const fromISO = (value) => {
  const instant = Date.parse(value);
  return Number.isNaN(instant) ? fail(`'${value}' is not an ISO 8601 timestamp`) : instant;
};
const time = {
  nowISO8601: () => new Date(call.now).toISOString(),
  nowEpochSeconds: () => Math.floor(call.now / 1000),
  nowEpochMilliSeconds: () => call.now,
  nowFormatted: (pattern, zone) => formatted(call.now, pattern, zone),
  parseFormattedToEpochMilliSeconds: (value, pattern, zone) => parsed(value, pattern, zone),
  parseISO8601ToEpochMilliSeconds: fromISO,
  epochMilliSecondsToSeconds: (value) => Math.floor(value / 1000),
  epochMilliSecondsToISO8601: (value) => new Date(value).toISOString(),
  epochMilliSecondsToFormatted: (value, pattern, zone) => formatted(value, pattern, zone),
};
