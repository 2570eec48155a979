/** The operations of schema.graphql as functions: typed, decoded, and retried where asking twice is harmless. */
import { nullable } from "./decode";
import * as op from "./generated";
import { problemOf } from "./problem";
import { retrying } from "./retry";
import { type Listener, request, subscribe } from "./transport";
import * as wire from "./wire";

/** Every item of a listing, page after page. */
async function everyPage<T>(fetchPage: (nextToken: string | null) => Promise<wire.Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let token: string | null = null;
  do {
    const page: wire.Page<T> = await retrying(() => fetchPage(token));
    items.push(...page.items);
    token = page.nextToken;
  } while (token !== null);
  return items;
}

export const fetchAbout = () => retrying(() => request(op.AboutDocument, {}, wire.about));

export const fetchDocuments = () =>
  everyPage((nextToken) => request(op.DocumentsDocument, { nextToken }, wire.page(wire.document)));

export const fetchConversations = (nextToken: string | null) =>
  retrying(() => request(op.ConversationsDocument, { nextToken }, wire.page(wire.conversation)));

export const fetchAnswers = (conversationId: string) =>
  everyPage((nextToken) =>
    request(op.AnswersDocument, { conversationId, nextToken }, wire.page(wire.answer)),
  );

/** Null for an id that is unknown, or not the caller's. */
export async function fetchAnswer(id: string): Promise<wire.Answer | null> {
  try {
    return await request(op.AnswerDocument, { id }, nullable(wire.answer));
  } catch (thrown) {
    if (problemOf(thrown).type === "NotFound") return null;
    throw thrown;
  }
}

export const fetchText = (variables: op.DocumentTextQueryVariables) =>
  retrying(() => request(op.DocumentTextDocument, variables, nullable(wire.documentText)));

export const fetchVersions = (id: string) =>
  retrying(() => request(op.DocumentVersionsDocument, { id }, wire.documentVersions));

export const search = (input: op.SearchInput) =>
  retrying(() => request(op.SearchDocument, { input }, wire.findings));

/** Asking twice with one id is one answer, so a lost reply is simply asked for again. */
export const ask = (input: op.AskInput) => retrying(() => request(op.AskDocument, { input }, wire.answer));

export const stopAnswer = (id: string) => retrying(() => request(op.StopAnswerDocument, { id }, wire.answer));

export const createUpload = (input: op.CreateUploadInput) =>
  request(op.CreateUploadDocument, { input }, wire.upload);

export const addText = (input: op.AddTextInput) => request(op.AddTextDocument, { input }, wire.document);

export const retryDocument = (id: string) => request(op.RetryDocumentDocument, { id }, wire.document);

export const restoreDocument = (id: string, version: number) =>
  request(op.RestoreDocumentDocument, { id, version }, wire.document);

export const deleteDocument = (id: string) =>
  retrying(() => request(op.DeleteDocumentDocument, { id }, wire.document));

export const onAnswerEvent = (answerId: string, listener: Listener<wire.AnswerEvent>) =>
  subscribe(op.OnAnswerEventDocument, { answerId }, wire.answerEvent, listener);

export const onDocument = (listener: Listener<wire.Document>) =>
  subscribe(op.OnDocumentDocument, {}, wire.document, listener);
