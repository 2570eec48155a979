/** Text that is pasted rather than uploaded. */
import { type Dispatch, type FormEvent, useRef, useState } from "react";
import { addText } from "../api";
import { problemOf } from "../problem";
import type { ShelfAction } from "../shelf";
import { useTexts } from "../texts/language";
import type { Problem } from "../wire";
import { ProblemNote } from "./marks";

interface AddTextProps {
  readonly collection: string | null;
  readonly dispatch: Dispatch<ShelfAction>;
}

export function AddText({ collection, dispatch }: AddTextProps) {
  const texts = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const close = () => dialog.current?.close();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    setBusy(true);
    setProblem(null);
    try {
      const input = { name: String(given.get("name")).trim(), text: String(given.get("text")), collection };
      dispatch({ type: "changed", document: await addText(input) });
      form.reset();
      close();
    } catch (thrown) {
      setProblem(problemOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" className="quiet" onClick={() => dialog.current?.showModal()}>
        {texts.pasteText}
      </button>
      <dialog ref={dialog} aria-label={texts.pasteText}>
        <form onSubmit={submit} aria-busy={busy}>
          <label className="field">
            <span>{texts.textName}</span>
            <input name="name" required maxLength={200} />
          </label>
          <label className="field">
            <span>{texts.textBody}</span>
            <textarea name="text" required rows={10} dir="auto" />
          </label>
          {problem && <ProblemNote problem={problem} />}
          <div className="bar">
            <button type="button" className="quiet" onClick={close}>
              {texts.cancel}
            </button>
            <button type="submit" className="main" disabled={busy}>
              {texts.save}
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
