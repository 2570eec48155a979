/** All that is known of a document, and its versions: read an earlier one, or make it the newest again. */
import { useCallback, useEffect, useState } from "react";
import { fetchVersions, restoreDocument } from "../api";
import { problemOf } from "../problem";
import type { Reading } from "../route";
import { inProgress } from "../shelf";
import { useSpeech, useTexts } from "../texts/language";
import type { Document, DocumentVersion, Problem } from "../wire";
import { Dialog } from "./Dialog";
import { languageOf, ProblemNote, Share, sizeOf, typeOf } from "./marks";

interface DetailsProps {
  readonly document: Document;
  readonly onClose: () => void;
  readonly onRead: (reading: Reading) => void;
  readonly onChanged: (document: Document) => void;
}

export function Details({ document, onClose, onRead, onChanged }: DetailsProps) {
  const texts = useTexts();
  const { id, name, searchableVersion } = document;
  const { versions, problem, restore } = useVersions(id, searchableVersion, onChanged);
  const read = (wanted: number) => {
    onClose();
    onRead({ documentId: id, version: wanted, start: 0, end: 0, from: 0, to: 0 });
  };
  return (
    <Dialog label={texts.detailsOf(name)} onClose={onClose}>
      <h2 dir="auto">{name}</h2>
      <FactList document={document} />
      <h3>{texts.versions}</h3>
      {problem && <ProblemNote problem={problem} />}
      {versions === null && problem === null && <p className="faint">{texts.loading}</p>}
      {versions?.length === 0 && <p className="faint">{texts.noVersions}</p>}
      <ol className="versions">
        {versions?.map((one) => (
          <VersionRow key={one.version} version={one} onRead={read} onRestore={restore} />
        ))}
      </ol>
      {inProgress(document) && <Share label={texts.statuses[document.status]} share={document.progress} />}
      {versions !== null && versions.length > 1 && <p className="faint">{texts.versionsHint}</p>}
      <div className="bar">
        <span />
        <button type="button" className="quiet" onClick={onClose}>
          {texts.close}
        </button>
      </div>
    </Dialog>
  );
}

function useVersions(id: string, searchable: number | null, onChanged: (document: Document) => void) {
  const [versions, setVersions] = useState<readonly DocumentVersion[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once another version is searched, the list is another
  useEffect(() => {
    fetchVersions(id).then(setVersions, (thrown) => setProblem(problemOf(thrown)));
  }, [id, searchable]);
  const restore = useCallback(
    (version: number) => {
      setProblem(null);
      restoreDocument(id, version).then(onChanged, (thrown) => setProblem(problemOf(thrown)));
    },
    [id, onChanged],
  );
  return { versions, problem, restore };
}

interface VersionProps {
  readonly version: DocumentVersion;
  readonly onRead: (version: number) => void;
  readonly onRestore: (version: number) => void;
}

function VersionRow({ version: { version, createdAt, bytes, pages, current }, ...on }: VersionProps) {
  const { texts, language } = useSpeech();
  const facts = [
    new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(
      new Date(createdAt),
    ),
    pages === null ? "" : texts.pages(pages),
    bytes === null ? "" : sizeOf(bytes, language),
    current ? texts.searched : "",
  ];
  return (
    <li data-current={current}>
      <button type="button" className="name" onClick={() => on.onRead(version)}>
        {texts.version(version)}
      </button>
      <span className="faint">{facts.filter((fact) => fact !== "").join(" · ")}</span>
      {!current && (
        <button
          type="button"
          className="quiet"
          aria-label={texts.restoreVersion(version)}
          onClick={() => on.onRestore(version)}
        >
          {texts.restore}
        </button>
      )}
    </li>
  );
}

function FactList({ document }: { document: Document }) {
  const { texts, language } = useSpeech();
  const { title, contentType, bytes, source, createdAt, attachments } = document;
  const facts: readonly (readonly [string, string | null])[] = [
    [texts.facts.title, title],
    [texts.facts.language, document.language && languageOf(document.language, language)],
    [texts.facts.type, contentType && typeOf(contentType)],
    [texts.facts.size, bytes === null ? null : sizeOf(bytes, language)],
    [texts.facts.source, source],
    [texts.facts.added, new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(new Date(createdAt))],
    [texts.facts.notRead, attachments.length === 0 ? null : attachments.join(", ")],
  ];
  return (
    <dl className="known">
      {facts.map(
        ([name, value]) =>
          value !== null && (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
