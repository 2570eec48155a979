/** One document: how far it is, what went wrong, and what can be done with it. */
import { type Dispatch, useState } from "react";
import { deleteDocument, retryDocument } from "../api";
import { problemOf } from "../problem";
import type { Reading } from "../route";
import { inProgress, type ShelfAction } from "../shelf";
import { useSpeech, useTexts } from "../texts/language";
import type { Document, Problem } from "../wire";
import { Details } from "./Details";
import { Dialog } from "./Dialog";
import { durationOf, ProblemNote, Share, sizeOf } from "./marks";

interface RowProps {
  readonly document: Document;
  readonly dispatch: Dispatch<ShelfAction>;
  readonly onRead: (reading: Reading) => void;
}

export function DocumentRow({ document, dispatch, onRead }: RowProps) {
  const texts = useTexts();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [detailed, setDetailed] = useState(false);
  const { id, name, status, error, progress, searchableVersion } = document;
  const change = async (work: Promise<Document>) => {
    setProblem(null);
    try {
      dispatch({ type: "changed", document: await work });
    } catch (thrown) {
      setProblem(problemOf(thrown));
    }
  };
  const open = () => onRead({ documentId: id, version: searchableVersion, start: 0, end: 0, from: 0, to: 0 });
  return (
    <li className="row" data-status={status}>
      {searchableVersion !== null ? (
        <button type="button" className="name" aria-label={texts.open(name)} onClick={open}>
          <bdi>{name}</bdi>
        </button>
      ) : (
        <span className="name">
          <bdi>{name}</bdi>
        </span>
      )}
      <Facts document={document} />
      {inProgress(document) && <Share label={texts.statuses[status]} share={progress} />}
      {error && <ProblemNote problem={error} />}
      <Fallback document={document} />
      {problem && <ProblemNote problem={problem} />}
      <span className="acts">
        {status === "FAILED" && (
          <button type="button" className="quiet" onClick={() => change(retryDocument(id))}>
            {texts.retry}
          </button>
        )}
        {status !== "DELETING" && (
          <button
            type="button"
            className="quiet"
            aria-label={texts.detailsOf(name)}
            onClick={() => setDetailed(true)}
          >
            {texts.details}
          </button>
        )}
        {status !== "DELETING" && <Remove name={name} onYes={() => change(deleteDocument(id))} />}
      </span>
      {detailed && (
        <Details
          document={document}
          onClose={() => setDetailed(false)}
          onRead={onRead}
          onChanged={(changed) => dispatch({ type: "changed", document: changed })}
        />
      )}
    </li>
  );
}

/** Which version answers while a newer one is on its way, or has failed. */
function Fallback({ document: { status, version, searchableVersion } }: { document: Document }) {
  const texts = useTexts();
  if (searchableVersion === null || searchableVersion === version || status === "DELETING") return null;
  const said = status === "FAILED" ? texts.fallenBack : texts.stillSearched;
  return <p className="faint fallback">{said(searchableVersion)}</p>;
}

function Facts({
  document: { status, progress, pages, passages, passagesDone, secondsLeft, bytes, collection },
}: {
  document: Document;
}) {
  const { texts, language } = useSpeech();
  const working = status === "EXTRACTING" || status === "EMBEDDING";
  const counted = passagesDone !== null && passages !== null ? texts.doneOf(passagesDone, passages) : "";
  const left = secondsLeft === null ? "" : texts.secondsLeft(durationOf(secondsLeft, language));
  const share =
    progress === null ? "" : new Intl.NumberFormat(language, { style: "percent" }).format(progress);
  const facts = [
    pages === null ? "" : texts.pages(pages),
    passages === null ? "" : texts.passages(passages),
    bytes === null ? "" : sizeOf(bytes, language),
    collection === "default" ? "" : collection,
  ];
  return (
    <span className="facts">
      <span className="status" role="status">
        {texts.statuses[status]} {working ? share : ""}
      </span>
      {working && <span>{[counted, left].filter((fact) => fact !== "").join(" · ")}</span>}
      {status === "READY" && <span>{facts.filter((fact) => fact !== "").join(" · ")}</span>}
    </span>
  );
}

function Remove({ name, onYes }: { name: string; onYes: () => void }) {
  const texts = useTexts();
  const [asking, setAsking] = useState(false);
  const yes = () => {
    setAsking(false);
    onYes();
  };
  return (
    <>
      <button
        type="button"
        className="quiet remove"
        aria-label={texts.remove(name)}
        onClick={() => setAsking(true)}
      >
        <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
          <path d="M2 2l8 8M10 2l-8 8" />
        </svg>
      </button>
      {asking && (
        <Dialog label={texts.remove(name)} onClose={() => setAsking(false)}>
          <p dir="auto">{texts.removeAsk(name)}</p>
          <div className="bar">
            <button type="button" className="quiet" onClick={() => setAsking(false)}>
              {texts.cancel}
            </button>
            <button type="button" className="main grave" onClick={yes}>
              {texts.removeYes}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
