/** Decoders of everything the operations return; their types come from the schema, so a moved field fails here. */
import {
  boolean,
  type Decoder,
  json,
  list,
  nullable,
  number,
  object,
  oneOf,
  string,
  strings,
} from "./decode";
import type {
  AboutQuery,
  AnswerFieldsFragment,
  AnswerStatus,
  CitationFieldsFragment,
  ConversationsQuery,
  DocumentFieldsFragment,
  DocumentStatus,
  DocumentTextQuery,
  DocumentVersionsQuery,
  OnAnswerEventSubscription,
  ProblemFieldsFragment,
  RankingFieldsFragment,
  SearchQuery,
  UsageFieldsFragment,
} from "./generated";

export type Problem = ProblemFieldsFragment;
export type Document = DocumentFieldsFragment;
export type Citation = CitationFieldsFragment;
export type Usage = UsageFieldsFragment;
export type Answer = AnswerFieldsFragment;
export type AnswerEvent = NonNullable<OnAnswerEventSubscription["onAnswerEvent"]>;
export type About = AboutQuery["about"];
export type Conversation = ConversationsQuery["conversations"]["items"][number];
export type DocumentVersion = DocumentVersionsQuery["documentVersions"][number];
export type Ranking = RankingFieldsFragment;
export type Findings = SearchQuery["search"];
export type Finding = Findings["passages"][number];
export type DocumentText = NonNullable<DocumentTextQuery["documentText"]>;
export type { AnswerStatus, DocumentStatus };

/** A registered document and the form that puts its file. */
export interface Upload {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly document: Document;
}

/** One page of a listing; `nextToken` is null on the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | null;
}

const documentStatus = oneOf<DocumentStatus>({
  AWAITING_UPLOAD: true,
  QUEUED: true,
  EXTRACTING: true,
  EMBEDDING: true,
  READY: true,
  FAILED: true,
  DELETING: true,
  DELETED: true,
});

const answerStatus = oneOf<AnswerStatus>({
  QUEUED: true,
  RETRIEVING: true,
  STREAMING: true,
  COMPLETE: true,
  PARTIAL: true,
  STOPPED: true,
  REFUSED: true,
  FAILED: true,
});

const problem = object<Problem>({ type: string, message: string, retryable: boolean });

export const document = object<Document>({
  id: string,
  collection: string,
  name: string,
  contentType: nullable(string),
  bytes: nullable(number),
  status: documentStatus,
  error: nullable(problem),
  version: number,
  pages: nullable(number),
  passages: nullable(number),
  progress: nullable(number),
  title: nullable(string),
  language: nullable(string),
  sha256: nullable(string),
  attachments: list(string),
  source: nullable(string),
  passagesDone: nullable(number),
  secondsLeft: nullable(number),
  searchableVersion: nullable(number),
  createdAt: string,
  updatedAt: string,
});

const passage = object<Citation["passage"]>({
  id: string,
  documentId: string,
  documentName: string,
  version: number,
  text: string,
  page: nullable(number),
  start: number,
  end: number,
  headings: list(string),
});

const ranking = object<Ranking>({
  vectorScore: nullable(number),
  vectorRank: nullable(number),
  textScore: nullable(number),
  textRank: nullable(number),
  fusedScore: nullable(number),
  fusedRank: nullable(number),
  rerankScore: nullable(number),
});

const finding = object<Finding>({
  id: string,
  documentId: string,
  documentName: string,
  version: number,
  text: string,
  page: nullable(number),
  start: number,
  end: number,
  score: number,
  headings: list(string),
  language: nullable(string),
  ranking: nullable(ranking),
});

export const findings = object<Findings>({ tookMs: number, passages: list(finding) });

export const documentVersions = list(
  object<DocumentVersion>({
    version: number,
    name: string,
    bytes: nullable(number),
    pages: nullable(number),
    passages: nullable(number),
    createdAt: string,
    current: boolean,
  }),
);

const citation = object<Citation>({ marker: number, quote: nullable(string), passage });

const usage = object<Usage>({
  model: string,
  cached: boolean,
  inputTokens: number,
  outputTokens: number,
  firstTokenMs: nullable(number),
  totalMs: number,
});

export const answer = object<Answer>({
  id: string,
  conversationId: string,
  question: string,
  status: answerStatus,
  text: string,
  lastSeq: number,
  attempt: number,
  citations: list(citation),
  queries: list(string),
  usage: nullable(usage),
  error: nullable(problem),
  createdAt: string,
});

export const answerEvent = object<AnswerEvent>({
  answerId: string,
  seq: number,
  attempt: number,
  status: answerStatus,
  offset: number,
  text: string,
  citations: nullable(list(citation)),
  queries: nullable(list(string)),
  usage: nullable(usage),
  error: nullable(problem),
});

export const about = object<About>({
  chatModel: string,
  embeddingModel: string,
  maxQuestionChars: number,
  maxUploadBytes: number,
  contentTypes: list(string),
});

export const conversation = object<Conversation>({ id: string, title: string, updatedAt: string });

export const documentText = object<DocumentText>({
  documentId: string,
  version: number,
  text: string,
  start: number,
  end: number,
  length: number,
});

export const upload = object<Upload>({ url: string, fields: json(strings), document });

export function page<T>(item: Decoder<T>): Decoder<Page<T>> {
  return object<Page<T>>({ items: list(item), nextToken: nullable(string) });
}
