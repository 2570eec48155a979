/** The documents a person has, those on their way, and how to add more. */
import { type ChangeEvent, type Dispatch, type DragEvent, useState } from "react";
import { type Refusal, refusalOf } from "../acceptance";
import { retryDocument } from "../api";
import { type Arrival, sortArrivals } from "../arrivals";
import type { ShelfState } from "../hooks/useShelf";
import type { Uploads } from "../hooks/useUploads";
import { problemOf } from "../problem";
import type { Reading } from "../route";
import { inOrder, type ShelfAction } from "../shelf";
import { useSpeech, useTexts } from "../texts/language";
import { underWay } from "../uploads";
import type { About, Document, Problem } from "../wire";
import { AddText } from "./AddText";
import { Clashes } from "./Clashes";
import { DocumentRow } from "./DocumentRow";
import { ProblemNote, sizeOf } from "./marks";
import { UploadRow } from "./UploadRow";

interface LibraryProps {
  readonly about: About;
  readonly shelfState: ShelfState;
  readonly uploads: Uploads;
  readonly onRead: (reading: Reading) => void;
}

export function Library({ about, shelfState, uploads, onRead }: LibraryProps) {
  const texts = useTexts();
  const { shelf, dispatch, problem, loaded, reload } = shelfState;
  const sendings = underWay(uploads.sendings, shelf.documents);
  const hidden = new Set(sendings.map(({ documentId }) => documentId));
  const documents = inOrder(shelf).filter(({ id }) => !hidden.has(id));
  return (
    <section className="library" aria-labelledby="documents">
      <h2 id="documents">{texts.documents}</h2>
      <AddDocuments about={about} uploads={uploads} shelfState={shelfState} />
      {problem && <ProblemNote problem={problem} again={reload} />}
      {!loaded && problem === null && <p className="faint">{texts.loading}</p>}
      {loaded && documents.length + sendings.length === 0 && <p className="faint">{texts.noDocuments}</p>}
      <RetryAll failed={documents.filter(isRetryable)} dispatch={dispatch} />
      <ul className="rows">
        {sendings.map((sending) => (
          <UploadRow key={sending.key} sending={sending} uploads={uploads} />
        ))}
        {documents.map((document) => (
          <DocumentRow key={document.id} document={document} dispatch={dispatch} onRead={onRead} />
        ))}
      </ul>
    </section>
  );
}

/** A file that will not do any better is not worth another try. */
function isRetryable({ status, error }: Document): boolean {
  return status === "FAILED" && error?.retryable === true;
}

function RetryAll({ failed, dispatch }: { failed: readonly Document[]; dispatch: Dispatch<ShelfAction> }) {
  const texts = useTexts();
  const [problem, setProblem] = useState<Problem | null>(null);
  if (failed.length < 2) return null;
  const retry = async () => {
    const done = await Promise.allSettled(failed.map(({ id }) => retryDocument(id)));
    for (const one of done) {
      if (one.status === "fulfilled") dispatch({ type: "changed", document: one.value });
      else setProblem(problemOf(one.reason));
    }
  };
  return (
    <div className="bar">
      <button type="button" className="quiet" onClick={retry}>
        {texts.retryAll(failed.length)}
      </button>
      {problem && <ProblemNote problem={problem} />}
    </div>
  );
}

interface Refused {
  readonly name: string;
  readonly refusal: Refusal;
}

function AddDocuments({ about, uploads, shelfState }: Omit<LibraryProps, "onRead">) {
  const texts = useTexts();
  const { language } = useSpeech();
  const [refused, setRefused] = useState<readonly Refused[]>([]);
  const [clashing, setClashing] = useState<readonly Arrival[]>([]);
  const [same, setSame] = useState<readonly string[]>([]);
  const [collection, setCollection] = useState("");
  const into = collection.trim() === "" ? null : collection.trim();
  const take = async (files: readonly File[]) => {
    const judged = files.map((file) => ({ file, refusal: refusalOf(file, about) }));
    const bad = judged.flatMap(({ file, refusal }) =>
      refusal === null ? [] : [{ name: file.name, refusal }],
    );
    const good = judged.filter(({ refusal }) => refusal === null).map(({ file }) => file);
    setRefused(bad);
    const sorted = await sortArrivals(good, into, shelfState.shelf.documents.values());
    setSame(sorted.same);
    setClashing(sorted.clashing);
    uploads.add(sorted.fresh, into);
  };
  const send = (arrivals: readonly Arrival[]) => {
    setClashing([]);
    uploads.add(arrivals, into);
  };
  return (
    <div className="adding">
      <DropZone hint={texts.accepts(sizeOf(about.maxUploadBytes, language))} onFiles={take} />
      <div className="beside">
        <AddText collection={into} dispatch={shelfState.dispatch} />
        <label className="into">
          <span>{texts.collection}</span>
          <input
            value={collection}
            maxLength={64}
            placeholder={texts.collectionHint}
            onChange={(event) => setCollection(event.target.value)}
          />
        </label>
      </div>
      <RefusedFiles refused={refused} onDismiss={() => setRefused([])} />
      <Clashes clashing={clashing} onSend={send} onSkip={() => setClashing([])} />
      {same.length > 0 && (
        <p className="faint" role="status" dir="auto">
          {texts.hereAlready} {same.join(", ")}
        </p>
      )}
    </div>
  );
}

function DropZone({ hint, onFiles }: { hint: string; onFiles: (files: readonly File[]) => void }) {
  const texts = useTexts();
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  };
  const drag = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  const pick = (event: ChangeEvent<HTMLInputElement>) => {
    onFiles([...(event.target.files ?? [])]);
    event.target.value = ""; // so that the same file can be picked again
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the file input inside is the control
    <div className="drop" data-over={over} onDragOver={drag} onDragLeave={() => setOver(false)} onDrop={drop}>
      <label>
        <input type="file" multiple className="unseen" aria-label={texts.addFiles} onChange={pick} />
        <b>{texts.dropHere}</b> <u>{texts.dropOr}</u>
      </label>
      <span className="faint">{hint}</span>
    </div>
  );
}

function RefusedFiles({ refused, onDismiss }: { refused: readonly Refused[]; onDismiss: () => void }) {
  const texts = useTexts();
  const sentence = useRefusalSentence();
  if (refused.length === 0) return null;
  return (
    <div className="problem" role="alert">
      <ul>
        {refused.map(({ name, refusal }) => (
          <li key={name}>
            <b dir="auto">{name}</b>: {sentence(refusal)}
          </li>
        ))}
      </ul>
      <button type="button" className="quiet" onClick={onDismiss}>
        {texts.dismiss}
      </button>
    </div>
  );
}

function useRefusalSentence(): (refusal: Refusal) => string {
  const { texts, language } = useSpeech();
  return (refusal) => {
    switch (refusal.type) {
      case "Empty":
        return texts.emptyFile;
      case "TooLarge":
        return texts.tooLargeFile(sizeOf(refusal.bytes, language), sizeOf(refusal.limit, language));
      case "UnsupportedType":
        return texts.unsupportedFile(refusal.ending);
    }
  };
}
