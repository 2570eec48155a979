/** Asks what is to become of files under whose names something else is there. */
import type { Arrival } from "../arrivals";
import { useTexts } from "../texts/language";
import { Dialog } from "./Dialog";

interface ClashesProps {
  readonly clashing: readonly Arrival[];
  readonly onSend: (arrivals: readonly Arrival[]) => void;
  readonly onSkip: () => void;
}

export function Clashes({ clashing, onSend, onSkip }: ClashesProps) {
  const texts = useTexts();
  if (clashing.length === 0) return null;
  return (
    <Dialog label={texts.clashAsk(clashing.length)} onClose={onSkip}>
      <p>{texts.clashAsk(clashing.length)}</p>
      <ul>
        {clashing.map(({ file }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name, and none moves
          <li key={at} dir="auto">
            {file.name}
          </li>
        ))}
      </ul>
      <div className="bar">
        <button type="button" className="quiet" onClick={onSkip}>
          {texts.skip}
        </button>
        <button
          type="button"
          className="quiet"
          onClick={() => onSend(clashing.map(({ file }) => ({ file, known: null })))}
        >
          {texts.keepBoth}
        </button>
        <button type="button" className="main" onClick={() => onSend(clashing)}>
          {texts.replace}
        </button>
      </div>
    </Dialog>
  );
}
