/** What a search found: passages, best first, and why each stands where it does. */
import type { Reading } from "../route";
import { useSpeech, useTexts } from "../texts/language";
import type { Finding, Findings as Found, Ranking } from "../wire";

interface FindingsProps {
  readonly found: Found;
  readonly onRead: (reading: Reading) => void;
  readonly onClose: () => void;
}

export function Findings({ found: { passages, tookMs }, onRead, onClose }: FindingsProps) {
  const texts = useTexts();
  return (
    <section className="sources findings" aria-label={texts.found}>
      <header>
        <h3 role="status">
          {passages.length === 0 ? texts.nothingFound : texts.foundIn(passages.length, tookMs)}
        </h3>
        <button type="button" className="quiet" onClick={onClose}>
          {texts.close}
        </button>
      </header>
      <ol>
        {passages.map((passage) => (
          <FindingRow key={passage.id} passage={passage} onRead={onRead} />
        ))}
      </ol>
    </section>
  );
}

function FindingRow({ passage, onRead }: { passage: Finding; onRead: (reading: Reading) => void }) {
  const texts = useTexts();
  const { documentId, documentName, version, start, end, page, headings, text, ranking } = passage;
  const open = () => onRead({ documentId, version, start, end, from: start, to: start });
  return (
    <li>
      <button type="button" onClick={open}>
        <b dir="auto">{documentName}</b>
        <span className="faint" dir="auto">
          {[...headings, page === null ? "" : texts.page(page)].filter((part) => part !== "").join(" › ")}
        </span>
        <span className="quote" dir="auto">
          {text}
        </span>
      </button>
      {ranking && <Why ranking={ranking} />}
    </li>
  );
}

function Why({ ranking }: { ranking: Ranking }) {
  const { texts, language } = useSpeech();
  const { vectorRank, vectorScore, textRank, textScore, fusedRank, fusedScore, rerankScore } = ranking;
  const shown = (score: number | null) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: 3 }).format(score ?? 0);
  const reasons = [
    vectorRank === null ? texts.notByMeaning : texts.rankByMeaning(vectorRank, shown(vectorScore)),
    textRank === null ? texts.notByWords : texts.rankByWords(textRank, shown(textScore)),
    fusedRank === null ? "" : texts.fused(fusedRank, shown(fusedScore)),
    rerankScore === null ? "" : texts.reranked(shown(rerankScore)),
  ];
  return (
    <details className="why faint">
      <summary>{texts.why}</summary>
      {reasons.filter((reason) => reason !== "").join(" · ")}
    </details>
  );
}
