/** Small things drawn in many places: the name, problems, progress. */
import { useTexts } from "../texts/language";
import type { Problem } from "../wire";

/** Pages flicked past a thumb. */
export function Wordmark() {
  return (
    <span className="wordmark">
      <svg viewBox="0 0 26 20" width="26" height="20" aria-hidden="true">
        <path d="M2 1v18M8 2.5v15M13.5 4v12M18.5 5.5v9M23 7v6" />
      </svg>
      Riffle
    </span>
  );
}

/** A sentence of ours for the kind of problem, then what the service says about this one. Of the network and of
 * Cognito's refusals nothing is left to say: a password's rules stand beside its field. */
export function ProblemNote({ problem, again }: { problem: Problem; again?: (() => void) | undefined }) {
  const texts = useTexts();
  const sentence = texts.problems[problem.type];
  const told = problem.type === "Network" || /Exception$/.test(problem.type);
  const detail = sentence !== undefined && told ? "" : problem.message;
  return (
    <div className="problem" role="alert" data-problem={problem.type}>
      <p>{[sentence, detail].filter(Boolean).join(" ") || problem.type}</p>
      {again && (
        <button type="button" className="quiet" onClick={again}>
          {texts.tryAgain}
        </button>
      )}
    </div>
  );
}

/** A share from 0 to 1; null while it is not known. */
export function Share({ label, share }: { label: string; share: number | null }) {
  return share === null ? (
    <progress aria-label={label} />
  ) : (
    <progress aria-label={label} max={1} value={share} />
  );
}

export function sizeOf(bytes: number, language: string): string {
  const [value, unit] =
    bytes < 1000
      ? [bytes, "byte"]
      : bytes < 1e6
        ? [bytes / 1024, "kilobyte"]
        : [bytes / 1024 / 1024, "megabyte"];
  const digits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }).format(value);
}

/** A language by its name in another: `vi` is `Tiếng Việt` to those who read it. */
export function languageOf(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag; // not a language tag
  }
}

const TYPES: Readonly<Record<string, string>> = {
  "application/epub+zip": "EPUB",
  "application/pdf": "PDF",
  "application/vnd.ms-outlook": "Outlook",
  "application/vnd.oasis.opendocument.presentation": "ODP",
  "application/vnd.oasis.opendocument.spreadsheet": "ODS",
  "application/vnd.oasis.opendocument.text": "ODT",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
  "message/rfc822": "E-mail",
  "text/html": "HTML",
  "text/markdown": "Markdown",
};

/** A media type as people say it. */
export function typeOf(contentType: string): string {
  return TYPES[contentType] ?? contentType.replace(/^(application|text)\/(x-)?/, "");
}

/** Seconds as people say them, in one unit. */
export function durationOf(seconds: number, language: string): string {
  const [value, unit] =
    seconds < 90 ? [Math.max(1, seconds), "second"] : [Math.round(seconds / 60), "minute"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(value);
}
