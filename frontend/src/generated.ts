// Written by codegen.mjs from ../schema.graphql and operations.graphql; do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type AddTextInput = {
  readonly name: string;
  readonly text: string;
  readonly collection?: string | null | undefined;
  readonly documentId?: string | null | undefined;
};

export type AnswerStatus =
  | 'QUEUED'
  | 'RETRIEVING'
  | 'STREAMING'
  | 'COMPLETE'
  | 'PARTIAL'
  | 'STOPPED'
  | 'REFUSED'
  | 'FAILED';

export type AskInput = {
  readonly collection?: string | null | undefined;
  readonly documentIds?: ReadonlyArray<string> | null | undefined;
  readonly names?: ReadonlyArray<string> | null | undefined;
  readonly contentTypes?: ReadonlyArray<string> | null | undefined;
  readonly languages?: ReadonlyArray<string> | null | undefined;
  readonly createdAfter?: string | null | undefined;
  readonly createdBefore?: string | null | undefined;
  readonly id?: string | null | undefined;
  readonly question: string;
  readonly conversationId?: string | null | undefined;
  readonly rewrite?: boolean | null | undefined;
  readonly split?: boolean | null | undefined;
  readonly model?: string | null | undefined;
};

export type CreateUploadInput = {
  readonly name: string;
  readonly contentType?: string | null | undefined;
  readonly bytes: number;
  readonly collection?: string | null | undefined;
  readonly documentId?: string | null | undefined;
  readonly source?: string | null | undefined;
};

export type DocumentStatus =
  | 'AWAITING_UPLOAD'
  | 'QUEUED'
  | 'EXTRACTING'
  | 'EMBEDDING'
  | 'READY'
  | 'FAILED'
  | 'DELETING'
  | 'DELETED';

export type SearchInput = {
  readonly collection?: string | null | undefined;
  readonly documentIds?: ReadonlyArray<string> | null | undefined;
  readonly names?: ReadonlyArray<string> | null | undefined;
  readonly contentTypes?: ReadonlyArray<string> | null | undefined;
  readonly languages?: ReadonlyArray<string> | null | undefined;
  readonly createdAfter?: string | null | undefined;
  readonly createdBefore?: string | null | undefined;
  readonly text: string;
  readonly limit?: number | null | undefined;
  readonly mode?: SearchMode | null | undefined;
  readonly rerank?: boolean | null | undefined;
};

export type SearchMode =
  | 'HYBRID'
  | 'VECTOR'
  | 'TEXT';

export type ProblemFieldsFragment = { readonly type: string, readonly message: string, readonly retryable: boolean };

export type DocumentFieldsFragment = { readonly id: string, readonly collection: string, readonly name: string, readonly contentType: string | null, readonly bytes: number | null, readonly status: DocumentStatus, readonly version: number, readonly pages: number | null, readonly passages: number | null, readonly progress: number | null, readonly title: string | null, readonly language: string | null, readonly sha256: string | null, readonly attachments: ReadonlyArray<string>, readonly source: string | null, readonly passagesDone: number | null, readonly secondsLeft: number | null, readonly searchableVersion: number | null, readonly createdAt: string, readonly updatedAt: string, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null };

export type RankingFieldsFragment = { readonly vectorScore: number | null, readonly vectorRank: number | null, readonly textScore: number | null, readonly textRank: number | null, readonly fusedScore: number | null, readonly fusedRank: number | null, readonly rerankScore: number | null };

export type CitationFieldsFragment = { readonly marker: number, readonly quote: string | null, readonly passage: { readonly id: string, readonly documentId: string, readonly documentName: string, readonly version: number, readonly text: string, readonly page: number | null, readonly start: number, readonly end: number, readonly headings: ReadonlyArray<string> } };

export type UsageFieldsFragment = { readonly model: string, readonly cached: boolean, readonly inputTokens: number, readonly outputTokens: number, readonly firstTokenMs: number | null, readonly totalMs: number };

export type AnswerFieldsFragment = { readonly id: string, readonly conversationId: string, readonly question: string, readonly status: AnswerStatus, readonly text: string, readonly lastSeq: number, readonly attempt: number, readonly queries: ReadonlyArray<string>, readonly createdAt: string, readonly citations: ReadonlyArray<{ readonly marker: number, readonly quote: string | null, readonly passage: { readonly id: string, readonly documentId: string, readonly documentName: string, readonly version: number, readonly text: string, readonly page: number | null, readonly start: number, readonly end: number, readonly headings: ReadonlyArray<string> } }>, readonly usage: { readonly model: string, readonly cached: boolean, readonly inputTokens: number, readonly outputTokens: number, readonly firstTokenMs: number | null, readonly totalMs: number } | null, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null };

export type AboutQueryVariables = Exact<{ [key: string]: never; }>;


export type AboutQuery = { readonly about: { readonly chatModel: string, readonly embeddingModel: string, readonly maxQuestionChars: number, readonly maxUploadBytes: number, readonly contentTypes: ReadonlyArray<string> } };

export type DocumentsQueryVariables = Exact<{
  nextToken?: string | null | undefined;
}>;


export type DocumentsQuery = { readonly documents: { readonly nextToken: string | null, readonly items: ReadonlyArray<{ readonly id: string, readonly collection: string, readonly name: string, readonly contentType: string | null, readonly bytes: number | null, readonly status: DocumentStatus, readonly version: number, readonly pages: number | null, readonly passages: number | null, readonly progress: number | null, readonly title: string | null, readonly language: string | null, readonly sha256: string | null, readonly attachments: ReadonlyArray<string>, readonly source: string | null, readonly passagesDone: number | null, readonly secondsLeft: number | null, readonly searchableVersion: number | null, readonly createdAt: string, readonly updatedAt: string, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null }> } };

export type DocumentTextQueryVariables = Exact<{
  id: string;
  version?: number | null | undefined;
  start?: number | null | undefined;
  end?: number | null | undefined;
}>;


export type DocumentTextQuery = { readonly documentText: { readonly documentId: string, readonly version: number, readonly text: string, readonly start: number, readonly end: number, readonly length: number } | null };

export type DocumentVersionsQueryVariables = Exact<{
  id: string;
}>;


export type DocumentVersionsQuery = { readonly documentVersions: ReadonlyArray<{ readonly version: number, readonly name: string, readonly bytes: number | null, readonly pages: number | null, readonly passages: number | null, readonly createdAt: string, readonly current: boolean }> };

export type SearchQueryVariables = Exact<{
  input: SearchInput;
}>;


export type SearchQuery = { readonly search: { readonly tookMs: number, readonly passages: ReadonlyArray<{ readonly id: string, readonly documentId: string, readonly documentName: string, readonly version: number, readonly text: string, readonly page: number | null, readonly start: number, readonly end: number, readonly score: number, readonly headings: ReadonlyArray<string>, readonly language: string | null, readonly ranking: { readonly vectorScore: number | null, readonly vectorRank: number | null, readonly textScore: number | null, readonly textRank: number | null, readonly fusedScore: number | null, readonly fusedRank: number | null, readonly rerankScore: number | null } | null }> } };

export type AnswerQueryVariables = Exact<{
  id: string;
}>;


export type AnswerQuery = { readonly answer: { readonly id: string, readonly conversationId: string, readonly question: string, readonly status: AnswerStatus, readonly text: string, readonly lastSeq: number, readonly attempt: number, readonly queries: ReadonlyArray<string>, readonly createdAt: string, readonly citations: ReadonlyArray<{ readonly marker: number, readonly quote: string | null, readonly passage: { readonly id: string, readonly documentId: string, readonly documentName: string, readonly version: number, readonly text: string, readonly page: number | null, readonly start: number, readonly end: number, readonly headings: ReadonlyArray<string> } }>, readonly usage: { readonly model: string, readonly cached: boolean, readonly inputTokens: number, readonly outputTokens: number, readonly firstTokenMs: number | null, readonly totalMs: number } | null, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null } | null };

export type AnswersQueryVariables = Exact<{
  conversationId: string;
  nextToken?: string | null | undefined;
}>;


export type AnswersQuery = { readonly answers: { readonly nextToken: string | null, readonly items: ReadonlyArray<{ readonly id: string, readonly conversationId: string, readonly question: string, readonly status: AnswerStatus, readonly text: string, readonly lastSeq: number, readonly attempt: number, readonly queries: ReadonlyArray<string>, readonly createdAt: string, readonly citations: ReadonlyArray<{ readonly marker: number, readonly quote: string | null, readonly passage: { readonly id: string, readonly documentId: string, readonly documentName: string, readonly version: number, readonly text: string, readonly page: number | null, readonly start: number, readonly end: number, readonly headings: ReadonlyArray<string> } }>, readonly usage: { readonly model: string, readonly cached: boolean, readonly inputTokens: number, readonly outputTokens: number, readonly firstTokenMs: number | null, readonly totalMs: number } | null, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null }> } };

export type ConversationsQueryVariables = Exact<{
  nextToken?: string | null | undefined;
}>;


export type ConversationsQuery = { readonly conversations: { readonly nextToken: string | null, readonly items: ReadonlyArray<{ readonly id: string, readonly title: string, readonly updatedAt: string }> } };

export type CreateUploadMutationVariables = Exact<{
  input: CreateUploadInput;
}>;


export type CreateUploadMutation = { readonly createUpload: { readonly url: string, readonly fields: string, readonly document: { readonly id: string, readonly collection: string, readonly name: string, readonly contentType: string | null, readonly bytes: number | null, readonly status: DocumentStatus, readonly version: number, readonly pages: number | null, readonly passages: number | null, readonly progress: number | null, readonly title: string | null, readonly language: string | null, readonly sha256: string | null, readonly attachments: ReadonlyArray<string>, readonly source: string | null, readonly passagesDone: number | null, readonly secondsLeft: number | null, readonly searchableVersion: number | null, readonly createdAt: string, readonly updatedAt: string, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null } } };

export type AddTextMutationVariables = Exact<{
  input: AddTextInput;
}>;


export type AddTextMutation = { readonly addText: { readonly id: string, readonly collection: string, readonly name: string, readonly contentType: string | null, readonly bytes: number | null, readonly status: DocumentStatus, readonly version: number, readonly pages: number | null, readonly passages: number | null, readonly progress: number | null, readonly title: string | null, readonly language: string | null, readonly sha256: string | null, readonly attachments: ReadonlyArray<string>, readonly source: string | null, readonly passagesDone: number | null, readonly secondsLeft: number | null, readonly searchableVersion: number | null, readonly createdAt: string, readonly updatedAt: string, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null } };

export type RetryDocumentMutationVariables = Exact<{
  id: string;
}>;


export type RetryDocumentMutation = { readonly retryDocument: { readonly id: string, readonly collection: string, readonly name: string, readonly contentType: string | null, readonly bytes: number | null, readonly status: DocumentStatus, readonly version: number, readonly pages: number | null, readonly passages: number | null, readonly progress: number | null, readonly title: string | null, readonly language: string | null, readonly sha256: string | null, readonly attachments: ReadonlyArray<string>, readonly source: string | null, readonly passagesDone: number | null, readonly secondsLeft: number | null, readonly searchableVersion: number | null, readonly createdAt: string, readonly updatedAt: string, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null } };

export type RestoreDocumentMutationVariables = Exact<{
  id: string;
  version: number;
}>;


export type RestoreDocumentMutation = { readonly restoreDocument: { readonly id: string, readonly collection: string, readonly name: string, readonly contentType: string | null, readonly bytes: number | null, readonly status: DocumentStatus, readonly version: number, readonly pages: number | null, readonly passages: number | null, readonly progress: number | null, readonly title: string | null, readonly language: string | null, readonly sha256: string | null, readonly attachments: ReadonlyArray<string>, readonly source: string | null, readonly passagesDone: number | null, readonly secondsLeft: number | null, readonly searchableVersion: number | null, readonly createdAt: string, readonly updatedAt: string, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null } };

export type DeleteDocumentMutationVariables = Exact<{
  id: string;
}>;


export type DeleteDocumentMutation = { readonly deleteDocument: { readonly id: string, readonly collection: string, readonly name: string, readonly contentType: string | null, readonly bytes: number | null, readonly status: DocumentStatus, readonly version: number, readonly pages: number | null, readonly passages: number | null, readonly progress: number | null, readonly title: string | null, readonly language: string | null, readonly sha256: string | null, readonly attachments: ReadonlyArray<string>, readonly source: string | null, readonly passagesDone: number | null, readonly secondsLeft: number | null, readonly searchableVersion: number | null, readonly createdAt: string, readonly updatedAt: string, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null } };

export type AskMutationVariables = Exact<{
  input: AskInput;
}>;


export type AskMutation = { readonly ask: { readonly id: string, readonly conversationId: string, readonly question: string, readonly status: AnswerStatus, readonly text: string, readonly lastSeq: number, readonly attempt: number, readonly queries: ReadonlyArray<string>, readonly createdAt: string, readonly citations: ReadonlyArray<{ readonly marker: number, readonly quote: string | null, readonly passage: { readonly id: string, readonly documentId: string, readonly documentName: string, readonly version: number, readonly text: string, readonly page: number | null, readonly start: number, readonly end: number, readonly headings: ReadonlyArray<string> } }>, readonly usage: { readonly model: string, readonly cached: boolean, readonly inputTokens: number, readonly outputTokens: number, readonly firstTokenMs: number | null, readonly totalMs: number } | null, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null } };

export type StopAnswerMutationVariables = Exact<{
  id: string;
}>;


export type StopAnswerMutation = { readonly stopAnswer: { readonly id: string, readonly conversationId: string, readonly question: string, readonly status: AnswerStatus, readonly text: string, readonly lastSeq: number, readonly attempt: number, readonly queries: ReadonlyArray<string>, readonly createdAt: string, readonly citations: ReadonlyArray<{ readonly marker: number, readonly quote: string | null, readonly passage: { readonly id: string, readonly documentId: string, readonly documentName: string, readonly version: number, readonly text: string, readonly page: number | null, readonly start: number, readonly end: number, readonly headings: ReadonlyArray<string> } }>, readonly usage: { readonly model: string, readonly cached: boolean, readonly inputTokens: number, readonly outputTokens: number, readonly firstTokenMs: number | null, readonly totalMs: number } | null, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null } };

export type OnAnswerEventSubscriptionVariables = Exact<{
  answerId: string;
}>;


export type OnAnswerEventSubscription = { readonly onAnswerEvent: { readonly answerId: string, readonly seq: number, readonly attempt: number, readonly status: AnswerStatus, readonly offset: number, readonly text: string, readonly queries: ReadonlyArray<string> | null, readonly citations: ReadonlyArray<{ readonly marker: number, readonly quote: string | null, readonly passage: { readonly id: string, readonly documentId: string, readonly documentName: string, readonly version: number, readonly text: string, readonly page: number | null, readonly start: number, readonly end: number, readonly headings: ReadonlyArray<string> } }> | null, readonly usage: { readonly model: string, readonly cached: boolean, readonly inputTokens: number, readonly outputTokens: number, readonly firstTokenMs: number | null, readonly totalMs: number } | null, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null } | null };

export type OnDocumentSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type OnDocumentSubscription = { readonly onDocument: { readonly id: string, readonly collection: string, readonly name: string, readonly contentType: string | null, readonly bytes: number | null, readonly status: DocumentStatus, readonly version: number, readonly pages: number | null, readonly passages: number | null, readonly progress: number | null, readonly title: string | null, readonly language: string | null, readonly sha256: string | null, readonly attachments: ReadonlyArray<string>, readonly source: string | null, readonly passagesDone: number | null, readonly secondsLeft: number | null, readonly searchableVersion: number | null, readonly createdAt: string, readonly updatedAt: string, readonly error: { readonly type: string, readonly message: string, readonly retryable: boolean } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const ProblemFieldsFragmentDoc = new TypedDocumentString(`
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
    `, {"fragmentName":"ProblemFields"}) as unknown as TypedDocumentString<ProblemFieldsFragment, unknown>;
export const DocumentFieldsFragmentDoc = new TypedDocumentString(`
    fragment DocumentFields on Document {
  id
  collection
  name
  contentType
  bytes
  status
  error {
    ...ProblemFields
  }
  version
  pages
  passages
  progress
  title
  language
  sha256
  attachments
  source
  passagesDone
  secondsLeft
  searchableVersion
  createdAt
  updatedAt
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}`, {"fragmentName":"DocumentFields"}) as unknown as TypedDocumentString<DocumentFieldsFragment, unknown>;
export const RankingFieldsFragmentDoc = new TypedDocumentString(`
    fragment RankingFields on Ranking {
  vectorScore
  vectorRank
  textScore
  textRank
  fusedScore
  fusedRank
  rerankScore
}
    `, {"fragmentName":"RankingFields"}) as unknown as TypedDocumentString<RankingFieldsFragment, unknown>;
export const CitationFieldsFragmentDoc = new TypedDocumentString(`
    fragment CitationFields on Citation {
  marker
  quote
  passage {
    id
    documentId
    documentName
    version
    text
    page
    start
    end
    headings
  }
}
    `, {"fragmentName":"CitationFields"}) as unknown as TypedDocumentString<CitationFieldsFragment, unknown>;
export const UsageFieldsFragmentDoc = new TypedDocumentString(`
    fragment UsageFields on Usage {
  model
  cached
  inputTokens
  outputTokens
  firstTokenMs
  totalMs
}
    `, {"fragmentName":"UsageFields"}) as unknown as TypedDocumentString<UsageFieldsFragment, unknown>;
export const AnswerFieldsFragmentDoc = new TypedDocumentString(`
    fragment AnswerFields on Answer {
  id
  conversationId
  question
  status
  text
  lastSeq
  attempt
  citations {
    ...CitationFields
  }
  queries
  usage {
    ...UsageFields
  }
  error {
    ...ProblemFields
  }
  createdAt
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment CitationFields on Citation {
  marker
  quote
  passage {
    id
    documentId
    documentName
    version
    text
    page
    start
    end
    headings
  }
}
fragment UsageFields on Usage {
  model
  cached
  inputTokens
  outputTokens
  firstTokenMs
  totalMs
}`, {"fragmentName":"AnswerFields"}) as unknown as TypedDocumentString<AnswerFieldsFragment, unknown>;
export const AboutDocument = new TypedDocumentString(`
    query About {
  about {
    chatModel
    embeddingModel
    maxQuestionChars
    maxUploadBytes
    contentTypes
  }
}
    `) as unknown as TypedDocumentString<AboutQuery, AboutQueryVariables>;
export const DocumentsDocument = new TypedDocumentString(`
    query Documents($nextToken: String) {
  documents(limit: 100, nextToken: $nextToken) {
    items {
      ...DocumentFields
    }
    nextToken
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment DocumentFields on Document {
  id
  collection
  name
  contentType
  bytes
  status
  error {
    ...ProblemFields
  }
  version
  pages
  passages
  progress
  title
  language
  sha256
  attachments
  source
  passagesDone
  secondsLeft
  searchableVersion
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<DocumentsQuery, DocumentsQueryVariables>;
export const DocumentTextDocument = new TypedDocumentString(`
    query DocumentText($id: ID!, $version: Int, $start: Int, $end: Int) {
  documentText(id: $id, version: $version, start: $start, end: $end) {
    documentId
    version
    text
    start
    end
    length
  }
}
    `) as unknown as TypedDocumentString<DocumentTextQuery, DocumentTextQueryVariables>;
export const DocumentVersionsDocument = new TypedDocumentString(`
    query DocumentVersions($id: ID!) {
  documentVersions(id: $id) {
    version
    name
    bytes
    pages
    passages
    createdAt
    current
  }
}
    `) as unknown as TypedDocumentString<DocumentVersionsQuery, DocumentVersionsQueryVariables>;
export const SearchDocument = new TypedDocumentString(`
    query Search($input: SearchInput!) {
  search(input: $input) {
    tookMs
    passages {
      id
      documentId
      documentName
      version
      text
      page
      start
      end
      score
      headings
      language
      ranking {
        ...RankingFields
      }
    }
  }
}
    fragment RankingFields on Ranking {
  vectorScore
  vectorRank
  textScore
  textRank
  fusedScore
  fusedRank
  rerankScore
}`) as unknown as TypedDocumentString<SearchQuery, SearchQueryVariables>;
export const AnswerDocument = new TypedDocumentString(`
    query Answer($id: ID!) {
  answer(id: $id) {
    ...AnswerFields
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment CitationFields on Citation {
  marker
  quote
  passage {
    id
    documentId
    documentName
    version
    text
    page
    start
    end
    headings
  }
}
fragment UsageFields on Usage {
  model
  cached
  inputTokens
  outputTokens
  firstTokenMs
  totalMs
}
fragment AnswerFields on Answer {
  id
  conversationId
  question
  status
  text
  lastSeq
  attempt
  citations {
    ...CitationFields
  }
  queries
  usage {
    ...UsageFields
  }
  error {
    ...ProblemFields
  }
  createdAt
}`) as unknown as TypedDocumentString<AnswerQuery, AnswerQueryVariables>;
export const AnswersDocument = new TypedDocumentString(`
    query Answers($conversationId: ID!, $nextToken: String) {
  answers(conversationId: $conversationId, limit: 100, nextToken: $nextToken) {
    items {
      ...AnswerFields
    }
    nextToken
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment CitationFields on Citation {
  marker
  quote
  passage {
    id
    documentId
    documentName
    version
    text
    page
    start
    end
    headings
  }
}
fragment UsageFields on Usage {
  model
  cached
  inputTokens
  outputTokens
  firstTokenMs
  totalMs
}
fragment AnswerFields on Answer {
  id
  conversationId
  question
  status
  text
  lastSeq
  attempt
  citations {
    ...CitationFields
  }
  queries
  usage {
    ...UsageFields
  }
  error {
    ...ProblemFields
  }
  createdAt
}`) as unknown as TypedDocumentString<AnswersQuery, AnswersQueryVariables>;
export const ConversationsDocument = new TypedDocumentString(`
    query Conversations($nextToken: String) {
  conversations(limit: 50, nextToken: $nextToken) {
    items {
      id
      title
      updatedAt
    }
    nextToken
  }
}
    `) as unknown as TypedDocumentString<ConversationsQuery, ConversationsQueryVariables>;
export const CreateUploadDocument = new TypedDocumentString(`
    mutation CreateUpload($input: CreateUploadInput!) {
  createUpload(input: $input) {
    url
    fields
    document {
      ...DocumentFields
    }
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment DocumentFields on Document {
  id
  collection
  name
  contentType
  bytes
  status
  error {
    ...ProblemFields
  }
  version
  pages
  passages
  progress
  title
  language
  sha256
  attachments
  source
  passagesDone
  secondsLeft
  searchableVersion
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<CreateUploadMutation, CreateUploadMutationVariables>;
export const AddTextDocument = new TypedDocumentString(`
    mutation AddText($input: AddTextInput!) {
  addText(input: $input) {
    ...DocumentFields
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment DocumentFields on Document {
  id
  collection
  name
  contentType
  bytes
  status
  error {
    ...ProblemFields
  }
  version
  pages
  passages
  progress
  title
  language
  sha256
  attachments
  source
  passagesDone
  secondsLeft
  searchableVersion
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<AddTextMutation, AddTextMutationVariables>;
export const RetryDocumentDocument = new TypedDocumentString(`
    mutation RetryDocument($id: ID!) {
  retryDocument(id: $id) {
    ...DocumentFields
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment DocumentFields on Document {
  id
  collection
  name
  contentType
  bytes
  status
  error {
    ...ProblemFields
  }
  version
  pages
  passages
  progress
  title
  language
  sha256
  attachments
  source
  passagesDone
  secondsLeft
  searchableVersion
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<RetryDocumentMutation, RetryDocumentMutationVariables>;
export const RestoreDocumentDocument = new TypedDocumentString(`
    mutation RestoreDocument($id: ID!, $version: Int!) {
  restoreDocument(id: $id, version: $version) {
    ...DocumentFields
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment DocumentFields on Document {
  id
  collection
  name
  contentType
  bytes
  status
  error {
    ...ProblemFields
  }
  version
  pages
  passages
  progress
  title
  language
  sha256
  attachments
  source
  passagesDone
  secondsLeft
  searchableVersion
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<RestoreDocumentMutation, RestoreDocumentMutationVariables>;
export const DeleteDocumentDocument = new TypedDocumentString(`
    mutation DeleteDocument($id: ID!) {
  deleteDocument(id: $id) {
    ...DocumentFields
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment DocumentFields on Document {
  id
  collection
  name
  contentType
  bytes
  status
  error {
    ...ProblemFields
  }
  version
  pages
  passages
  progress
  title
  language
  sha256
  attachments
  source
  passagesDone
  secondsLeft
  searchableVersion
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<DeleteDocumentMutation, DeleteDocumentMutationVariables>;
export const AskDocument = new TypedDocumentString(`
    mutation Ask($input: AskInput!) {
  ask(input: $input) {
    ...AnswerFields
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment CitationFields on Citation {
  marker
  quote
  passage {
    id
    documentId
    documentName
    version
    text
    page
    start
    end
    headings
  }
}
fragment UsageFields on Usage {
  model
  cached
  inputTokens
  outputTokens
  firstTokenMs
  totalMs
}
fragment AnswerFields on Answer {
  id
  conversationId
  question
  status
  text
  lastSeq
  attempt
  citations {
    ...CitationFields
  }
  queries
  usage {
    ...UsageFields
  }
  error {
    ...ProblemFields
  }
  createdAt
}`) as unknown as TypedDocumentString<AskMutation, AskMutationVariables>;
export const StopAnswerDocument = new TypedDocumentString(`
    mutation StopAnswer($id: ID!) {
  stopAnswer(id: $id) {
    ...AnswerFields
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment CitationFields on Citation {
  marker
  quote
  passage {
    id
    documentId
    documentName
    version
    text
    page
    start
    end
    headings
  }
}
fragment UsageFields on Usage {
  model
  cached
  inputTokens
  outputTokens
  firstTokenMs
  totalMs
}
fragment AnswerFields on Answer {
  id
  conversationId
  question
  status
  text
  lastSeq
  attempt
  citations {
    ...CitationFields
  }
  queries
  usage {
    ...UsageFields
  }
  error {
    ...ProblemFields
  }
  createdAt
}`) as unknown as TypedDocumentString<StopAnswerMutation, StopAnswerMutationVariables>;
export const OnAnswerEventDocument = new TypedDocumentString(`
    subscription OnAnswerEvent($answerId: ID!) {
  onAnswerEvent(answerId: $answerId) {
    answerId
    seq
    attempt
    status
    offset
    text
    citations {
      ...CitationFields
    }
    queries
    usage {
      ...UsageFields
    }
    error {
      ...ProblemFields
    }
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment CitationFields on Citation {
  marker
  quote
  passage {
    id
    documentId
    documentName
    version
    text
    page
    start
    end
    headings
  }
}
fragment UsageFields on Usage {
  model
  cached
  inputTokens
  outputTokens
  firstTokenMs
  totalMs
}`) as unknown as TypedDocumentString<OnAnswerEventSubscription, OnAnswerEventSubscriptionVariables>;
export const OnDocumentDocument = new TypedDocumentString(`
    subscription OnDocument {
  onDocument {
    ...DocumentFields
  }
}
    fragment ProblemFields on Problem {
  type
  message
  retryable
}
fragment DocumentFields on Document {
  id
  collection
  name
  contentType
  bytes
  status
  error {
    ...ProblemFields
  }
  version
  pages
  passages
  progress
  title
  language
  sha256
  attachments
  source
  passagesDone
  secondsLeft
  searchableVersion
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<OnDocumentSubscription, OnDocumentSubscriptionVariables>;