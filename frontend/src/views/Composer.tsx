/** Where a question is written, and in which documents its answer is looked for. */
import { type FormEvent, type KeyboardEvent, useId, useState } from "react";
import { count } from "../codePoints";
import { collectionsOf, inOrder, type Shelf } from "../shelf";
import { useSpeech, useTexts } from "../texts/language";
import type { About } from "../wire";
import { languageOf, typeOf } from "./marks";

/** Which documents are looked through; null for each thing that does not matter. */
export interface Scope {
  readonly collection: string | null;
  readonly documentIds: readonly string[] | null;
  readonly contentTypes: readonly string[] | null;
  readonly languages: readonly string[] | null;
  readonly createdAfter: string | null;
  readonly createdBefore: string | null;
}

const everything: Scope = {
  collection: null,
  documentIds: null,
  contentTypes: null,
  languages: null,
  createdAfter: null,
  createdBefore: null,
};

export interface Question extends Scope {
  readonly question: string;
}

interface ComposerProps {
  readonly about: About;
  readonly shelf: Shelf;
  readonly followUp: boolean;
  readonly onAsk: (question: Question) => void;
  /** Absent where passages have no place to be shown. */
  readonly onFind?: ((question: Question) => void) | undefined;
}

export function Composer({ about, shelf, followUp, onAsk, onFind }: ComposerProps) {
  const texts = useTexts();
  const id = useId();
  const [text, setText] = useState("");
  const [scope, setScope] = useState<Scope>(everything);
  const length = count(text.trim());
  const tooLong = length > about.maxQuestionChars;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (length === 0 || tooLong) return;
    onAsk({ question: text.trim(), ...scope });
    setText("");
  };
  /** Enter asks and Shift+Enter breaks the line; while an input method composes a word, Enter is the method's. */
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
  };
  return (
    <form className="composer" onSubmit={submit}>
      <label htmlFor={id} className="unseen">
        {texts.question}
      </label>
      <textarea
        id={id}
        dir="auto"
        rows={followUp ? 1 : 2}
        value={text}
        placeholder={followUp ? texts.followUpHint : texts.question}
        aria-invalid={tooLong}
        aria-describedby={`${id}-limit`}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <p id={`${id}-limit`} className="limit" role="status">
        {tooLong && texts.tooLong(length, about.maxQuestionChars)}
      </p>
      <div className="bar">
        <ScopeChoice shelf={shelf} scope={scope} onChange={setScope} />
        <span className="deeds">
          {onFind && (
            <button
              type="button"
              className="quiet"
              disabled={length === 0 || tooLong}
              onClick={() => onFind({ question: text.trim(), ...scope })}
            >
              {texts.find}
            </button>
          )}
          <button type="submit" className="main" disabled={length === 0 || tooLong}>
            {texts.ask}
          </button>
        </span>
      </div>
    </form>
  );
}

interface ScopeProps {
  readonly shelf: Shelf;
  readonly scope: Scope;
  readonly onChange: (scope: Scope) => void;
}

function ScopeChoice({ shelf, scope, onChange }: ScopeProps) {
  const texts = useTexts();
  const { collection, documentIds } = scope;
  const narrowed = [scope.contentTypes, scope.languages, scope.createdAfter, scope.createdBefore].some(
    (choice) => choice !== null,
  );
  const chosen =
    documentIds !== null
      ? texts.inDocuments(documentIds.length)
      : collection !== null
        ? texts.inCollection(collection)
        : texts.everything;
  if (shelf.documents.size === 0) return <span />;
  return (
    <details className="scope">
      <summary>
        {texts.scope} <b>{narrowed ? `${chosen}, ${texts.narrowed}` : chosen}</b>
      </summary>
      <div className="choices">
        <CollectionChoice shelf={shelf} scope={scope} onChange={onChange} />
        <KindChoice shelf={shelf} scope={scope} onChange={onChange} />
        <DateChoice scope={scope} onChange={onChange} />
        <DocumentChoice shelf={shelf} scope={scope} onChange={onChange} />
      </div>
    </details>
  );
}

function CollectionChoice({ shelf, scope, onChange }: ScopeProps) {
  const texts = useTexts();
  const collections = collectionsOf(shelf);
  if (collections.length < 2) return null;
  return (
    <label className="field">
      <span>{texts.collection}</span>
      <select
        value={scope.collection ?? ""}
        onChange={(event) =>
          onChange({ ...scope, collection: event.target.value || null, documentIds: null })
        }
      >
        <option value="">{texts.everything}</option>
        {collections.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

function KindChoice({ shelf, scope, onChange }: ScopeProps) {
  const { texts, language } = useSpeech();
  const documents = [...shelf.documents.values()];
  const only = (value: string) => (value === "" ? null : [value]);
  return (
    <>
      <OneOf
        label={texts.fileType}
        any={texts.anyType}
        values={documents.map(({ contentType }) => contentType)}
        chosen={scope.contentTypes?.[0]}
        nameOf={typeOf}
        onChoose={(value) => onChange({ ...scope, contentTypes: only(value) })}
      />
      <OneOf
        label={texts.passageLanguage}
        any={texts.anyLanguage}
        values={documents.map((one) => one.language)}
        chosen={scope.languages?.[0]}
        nameOf={(tag) => languageOf(tag, language)}
        onChoose={(value) => onChange({ ...scope, languages: only(value) })}
      />
    </>
  );
}

interface OneOfProps {
  readonly label: string;
  readonly any: string;
  readonly values: readonly (string | null)[];
  readonly chosen: string | undefined;
  readonly nameOf: (value: string) => string;
  readonly onChoose: (value: string) => void;
}

/** A choice only where there are two to choose from. */
function OneOf({ label, any, values, chosen, nameOf, onChoose }: OneOfProps) {
  const offered = [...new Set(values)].filter((value) => value !== null).sort();
  if (offered.length < 2) return null;
  return (
    <label className="field">
      <span>{label}</span>
      <select value={chosen ?? ""} onChange={(event) => onChoose(event.target.value)}>
        <option value="">{any}</option>
        {offered.map((value) => (
          <option key={value} value={value}>
            {nameOf(value)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Days are those of the reader's own time zone. */
function DateChoice({ scope, onChange }: Omit<ScopeProps, "shelf">) {
  const texts = useTexts();
  const [days, setDays] = useState({ after: "", before: "" });
  const choose = (change: Partial<typeof days>) => {
    const next = { ...days, ...change };
    setDays(next);
    onChange({ ...scope, createdAfter: midnight(next.after), createdBefore: midnight(next.before) });
  };
  return (
    <div className="days">
      <label className="field">
        <span>{texts.addedAfter}</span>
        <input type="date" value={days.after} onChange={(event) => choose({ after: event.target.value })} />
      </label>
      <label className="field">
        <span>{texts.addedBefore}</span>
        <input type="date" value={days.before} onChange={(event) => choose({ before: event.target.value })} />
      </label>
    </div>
  );
}

function midnight(day: string): string | null {
  return day === "" ? null : new Date(`${day}T00:00:00`).toISOString();
}

function DocumentChoice({ shelf, scope, onChange }: ScopeProps) {
  const texts = useTexts();
  const chosen = new Set(scope.documentIds);
  const ready = inOrder(shelf).filter(
    ({ status, collection }) =>
      status === "READY" && (scope.collection === null || collection === scope.collection),
  );
  const toggle = (id: string, on: boolean) => {
    const ids = on ? [...chosen, id] : [...chosen].filter((one) => one !== id);
    onChange({ ...scope, documentIds: ids.length > 0 ? ids : null });
  };
  return (
    <fieldset>
      <legend>{texts.onlyThese}</legend>
      {ready.map(({ id, name }) => (
        <label key={id} className="check">
          <input
            type="checkbox"
            checked={chosen.has(id)}
            onChange={(event) => toggle(id, event.target.checked)}
          />
          <span dir="auto">{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
