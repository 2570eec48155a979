/** A document's extracted text, laid open at a passage. */
import { useEffect, useRef, useState } from "react";
import { fetchText } from "../api";
import { earlier, joined, later, markedOf, type Window, windowAround } from "../passageWindow";
import { problemOf } from "../problem";
import type { Reading } from "../route";
import { useTexts } from "../texts/language";
import type { Document, DocumentText, Problem } from "../wire";
import { ProblemNote } from "./marks";

interface ReaderProps {
  readonly reading: Reading;
  readonly documents: ReadonlyMap<string, Document>;
  readonly onClose: () => void;
}

export function Reader({ reading, documents, onClose }: ReaderProps) {
  const texts = useTexts();
  const { text, problem, extend, missing } = useText(reading);
  const panel = useFocusWhileOpen(onClose);
  return (
    <aside className="reader" aria-label={texts.reader} ref={panel} tabIndex={-1}>
      <header>
        <h2 dir="auto">{documents.get(reading.documentId)?.name ?? texts.reader}</h2>
        <button type="button" className="quiet" onClick={onClose}>
          {texts.close}
        </button>
      </header>
      {problem && <ProblemNote problem={problem} />}
      {missing && <p className="faint">{texts.textMissing}</p>}
      {text === null && problem === null && !missing && <p className="faint">{texts.loading}</p>}
      {text && <Opened text={text} reading={reading} onExtend={extend} />}
    </aside>
  );
}

interface OpenedProps {
  readonly text: DocumentText;
  readonly reading: Reading;
  readonly onExtend: (window: Window) => void;
}

function Opened({ text, reading, onExtend }: OpenedProps) {
  const texts = useTexts();
  const place = useRef<HTMLElement>(null); // the quote's, or the passage's beginning: the last one to be set
  useEffect(() => {
    place.current?.scrollIntoView({ block: "center" });
  }, []);
  const { before, passage, after } = markedOf(text, reading);
  const [start, quote, end] = passage;
  return (
    <div className="page">
      <More window={earlier(text)} label={texts.earlier} onExtend={onExtend} />
      <div className="prose" dir="auto">
        {before}
        {passage.some((part) => part !== "") && (
          <mark>
            <span ref={place} />
            {start}
            {quote !== "" && <em ref={place}>{quote}</em>}
            {end}
          </mark>
        )}
        {after}
      </div>
      <More window={later(text)} label={texts.later} onExtend={onExtend} />
    </div>
  );
}

interface MoreProps {
  readonly window: Window | null;
  readonly label: string;
  readonly onExtend: (window: Window) => void;
}

function More({ window, label, onExtend }: MoreProps) {
  if (window === null) return null;
  return (
    <button type="button" className="quiet more" onClick={() => onExtend(window)}>
      {label}
    </button>
  );
}

/** The text around the passage, and a way to fetch its neighbours. */
function useText(reading: Reading) {
  const [text, setText] = useState<DocumentText | null>(null);
  const [missing, setMissing] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { documentId: id, version } = reading;
  const fetchWindow = (window: Window) => fetchText({ id, version, ...window });
  const fail = (thrown: unknown) => setProblem(problemOf(thrown));

  // biome-ignore lint/correctness/useExhaustiveDependencies: the reader is keyed by what it reads
  useEffect(() => {
    fetchWindow(windowAround(reading)).then((found) => {
      setText(found);
      setMissing(found === null);
    }, fail);
  }, []);

  const extend = (window: Window) => {
    setProblem(null);
    fetchWindow(window).then((found) => {
      if (found === null) return;
      setText((known) =>
        known === null ? found : known.start > found.start ? joined(found, known) : joined(known, found),
      );
    }, fail);
  };
  return { text, missing, problem, extend };
}

/** Focus goes to the reader, Escape closes it, and closing gives focus back to what opened it. */
function useFocusWhileOpen(onClose: () => void) {
  const panel = useRef<HTMLElement>(null);
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    const opener = document.activeElement;
    panel.current?.focus({ preventScroll: true });
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && document.querySelector("dialog[open]") === null) close.current();
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    };
  }, []);
  return panel;
}
