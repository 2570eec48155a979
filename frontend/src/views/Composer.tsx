/** Where a question is written, and in which documents its answer is looked for. */
import { type FormEvent, type KeyboardEvent, useId, useState } from "react";
import { count } from "../codePoints";
import { collectionsOf, inOrder, type Shelf } from "../shelf";
import { useTexts } from "../texts/language";
import type { About } from "../wire";

export interface Scope {
  readonly collection: string | null;
  readonly documentIds: readonly string[] | null;
}

export interface Question extends Scope {
  readonly question: string;
}

interface ComposerProps {
  readonly about: About;
  readonly shelf: Shelf;
  readonly followUp: boolean;
  readonly onAsk: (question: Question) => void;
}

export function Composer({ about, shelf, followUp, onAsk }: ComposerProps) {
  const texts = useTexts();
  const id = useId();
  const [text, setText] = useState("");
  const [scope, setScope] = useState<Scope>({ collection: null, documentIds: null });
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
        <button type="submit" className="main" disabled={length === 0 || tooLong}>
          {texts.ask}
        </button>
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
        {texts.scope} <b>{chosen}</b>
      </summary>
      <div className="choices">
        <CollectionChoice shelf={shelf} scope={scope} onChange={onChange} />
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
        onChange={(event) => onChange({ collection: event.target.value || null, documentIds: null })}
      >
        <option value="">{texts.everything}</option>
        {collections.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
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
