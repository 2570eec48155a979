/** One file on its way to the service. */
import type { Uploads } from "../hooks/useUploads";
import { useTexts } from "../texts/language";
import type { Sending } from "../uploads";
import { ProblemNote, Share } from "./marks";

export function UploadRow({ sending, uploads }: { sending: Sending; uploads: Uploads }) {
  const texts = useTexts();
  const { key, file, phase, share, problem } = sending;
  const said = {
    waiting: texts.waitingToSend,
    sending: texts.uploading,
    sent: texts.statuses.QUEUED,
    failed: texts.statuses.FAILED,
  };
  return (
    <li className="row" data-status={phase}>
      <span className="name">
        <bdi>{file.name}</bdi>
      </span>
      <span className="facts">
        <span className="status" role="status">
          {said[phase]}
        </span>
      </span>
      {phase === "sending" && <Share label={texts.uploading} share={share} />}
      {phase === "sent" && <Share label={texts.statuses.QUEUED} share={null} />}
      {problem && phase === "failed" && <ProblemNote problem={problem} again={() => uploads.retry(key)} />}
      <span className="acts">
        {phase === "failed" && (
          <button type="button" className="quiet" onClick={() => uploads.dismiss(sending)}>
            {texts.dismiss}
          </button>
        )}
      </span>
    </li>
  );
}
