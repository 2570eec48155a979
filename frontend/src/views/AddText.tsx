/** Text that is pasted rather than uploaded. */
import { type Dispatch, type FormEvent, useState } from "react";
import { addText } from "../api";
import { problemOf } from "../problem";
import type { ShelfAction } from "../shelf";
import { useTexts } from "../texts/language";
import type { Problem } from "../wire";
import { Dialog } from "./Dialog";
import { ProblemNote } from "./marks";

interface AddTextProps {
  readonly collection: string | null;
  readonly dispatch: Dispatch<ShelfAction>;
}

export function AddText(props: AddTextProps) {
  const texts = useTexts();
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <button type="button" className="quiet" onClick={() => setOpen(true)}>
        {texts.pasteText}
      </button>
      {open && (
        <Dialog label={texts.pasteText} onClose={close}>
          <TextForm {...props} onClose={close} />
        </Dialog>
      )}
    </>
  );
}

function TextForm({ collection, dispatch, onClose }: AddTextProps & { readonly onClose: () => void }) {
  const texts = useTexts();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(null);
    try {
      const input = { name: String(given.get("name")).trim(), text: String(given.get("text")), collection };
      dispatch({ type: "changed", document: await addText(input) });
      onClose();
    } catch (thrown) {
      setProblem(problemOf(thrown));
      setBusy(false);
    }
  };
  return (
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
        <button type="button" className="quiet" onClick={onClose}>
          {texts.cancel}
        </button>
        <button type="submit" className="main" disabled={busy}>
          {texts.save}
        </button>
      </div>
    </form>
  );
}
