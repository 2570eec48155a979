/** One question and its answer, as it is written. */
import { useEffect, useRef, useState } from "react";
import { type AnswerStream, isFinal } from "../answerStream";
import { stopAnswer } from "../api";
import { useAnswerStream } from "../hooks/useAnswerStream";
import { runsOf, sourcesOf } from "../markers";
import { readingOf } from "../passageWindow";
import { problemOf } from "../problem";
import type { Reading } from "../route";
import { useSpeech, useTexts } from "../texts/language";
import type { Entry } from "../thread";
import type { Answer, Citation, Problem, Usage } from "../wire";
import { ProblemNote } from "./marks";

interface CardProps {
  readonly entry: Entry;
  readonly onKnown: (answer: Answer) => void;
  readonly onRead: (reading: Reading) => void;
}

export function AnswerCard({ entry, onKnown, onRead }: CardProps) {
  const texts = useTexts();
  const { stream, problem, again } = useAnswerStream(entry, onKnown);
  const cite = (citation: Citation) => onRead(readingOf(citation));
  const question = entry.answer?.question ?? entry.ask?.question ?? "";
  const writing = !isFinal(stream.status) && problem === null;
  return (
    <article className="answer" data-answer={entry.id} data-status={stream.status}>
      <Asked question={question} fresh={writing} />
      <Sought question={question} queries={stream.queries} />
      <AnswerText stream={stream} writing={writing} onCite={cite} />
      {writing ? <Writing id={entry.id} stream={stream} /> : <Ended stream={stream} />}
      {problem && (
        <ProblemNote
          problem={problem.type === "NotFound" ? { ...problem, message: texts.lostQuestion } : problem}
          again={again}
        />
      )}
      <Sources citations={stream.citations} onCite={cite} />
    </article>
  );
}

/** A question just asked comes into sight. */
function Asked({ question, fresh }: { question: string; fresh: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const wasFresh = useRef(fresh);
  useEffect(() => {
    if (wasFresh.current) heading.current?.scrollIntoView({ block: "start", behavior: "smooth" });
  }, []);
  return (
    <h2 ref={heading} dir="auto">
      {question}
    </h2>
  );
}

/** What the question was made into, if it was: a reader sees why something else was found. */
function Sought({ question, queries }: { question: string; queries: readonly string[] }) {
  const texts = useTexts();
  if (queries.length === 0 || (queries.length === 1 && queries[0]?.trim() === question.trim())) return null;
  return (
    <p className="sought faint" dir="auto">
      {texts.soughtFor} {queries.map((query) => texts.quoted(query)).join(" · ")}
    </p>
  );
}

interface AnswerTextProps {
  readonly stream: AnswerStream;
  readonly writing: boolean;
  readonly onCite: (citation: Citation) => void;
}

/** Read out once it is whole: aria-busy keeps a screen reader from reading every few words. */
function AnswerText({ stream: { text, citations }, writing, onCite }: AnswerTextProps) {
  const texts = useTexts();
  return (
    <div className="prose" dir="auto" aria-live="polite" aria-busy={writing} data-writing={writing}>
      {runsOf(text, citations).map(({ text: part, citation }, index) => {
        const key = `${index}:${citation?.marker ?? ""}`; // runs only grow at the end
        if (citation === null) return <span key={key}>{part}</span>;
        const { marker, passage } = citation;
        const label = texts.source(marker, passage.documentName);
        return (
          <button
            key={key}
            type="button"
            className="marker"
            aria-label={label}
            title={label}
            onClick={() => onCite(citation)}
          >
            {marker}
          </button>
        );
      })}
    </div>
  );
}

function Writing({ id, stream }: { id: string; stream: AnswerStream }) {
  const texts = useTexts();
  const [stopping, setStopping] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const stop = () => {
    setStopping(true);
    stopAnswer(id).catch((thrown) => {
      setStopping(false);
      setProblem(problemOf(thrown));
    });
  };
  return (
    <div className="state">
      <span role="status" className="pulse">
        {texts.answerStatuses[stream.status]}
        {stream.attempt > 1 && ` · ${texts.attempt(stream.attempt)}`}
      </span>
      <button type="button" className="quiet" disabled={stopping} onClick={stop}>
        {texts.stop}
      </button>
      {problem && <ProblemNote problem={problem} />}
    </div>
  );
}

/** A refusal's own text says what the status would say, in the question's language. */
function Ended({ stream: { status, text, error, usage } }: { stream: AnswerStream }) {
  const texts = useTexts();
  if (!isFinal(status)) return null;
  const told = status === "COMPLETE" || (status === "REFUSED" && text !== "");
  return (
    <div className="state">
      {!told && <span role="status">{texts.answerStatuses[status]}</span>}
      {error && <ProblemNote problem={error} />}
      {usage && <Spent usage={usage} />}
    </div>
  );
}

function Spent({ usage: { model, totalMs } }: { usage: Usage }) {
  const { texts, language } = useSpeech();
  const seconds = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(totalMs / 1_000);
  return (
    <span className="faint">
      {model} · {texts.seconds(seconds)}
    </span>
  );
}

function Sources({
  citations,
  onCite,
}: {
  citations: readonly Citation[];
  onCite: (citation: Citation) => void;
}) {
  const texts = useTexts();
  if (citations.length === 0) return null;
  return (
    <section className="sources" aria-label={texts.sources}>
      <h3>{texts.sources}</h3>
      <ol>
        {sourcesOf(citations).map((citation) => {
          const { marker, passage, quote } = citation;
          return (
            <li key={marker}>
              <button type="button" onClick={() => onCite(citation)}>
                <span className="marker" aria-hidden="true">
                  {marker}
                </span>
                <b dir="auto">{passage.documentName}</b>
                {passage.page !== null && <span className="faint">{texts.page(passage.page)}</span>}
                <span className="quote" dir="auto">
                  {quote ?? passage.text}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
