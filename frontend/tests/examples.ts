/** Wire values with sensible contents, to be varied by the tests. */
import type { Answer, AnswerEvent, Citation, Document } from "../src/wire";

export const citation: Citation = {
  marker: 1,
  quote: "Nước chảy đá mòn.",
  passage: {
    id: "p1",
    documentId: "d1",
    documentName: "Sông.pdf",
    version: 1,
    text: "Nước chảy đá mòn.",
    page: 3,
    start: 100,
    end: 117,
    headings: [],
  },
};

export function event(change: Partial<AnswerEvent>): AnswerEvent {
  return {
    answerId: "a1",
    seq: 1,
    attempt: 1,
    status: "STREAMING",
    offset: 0,
    text: "",
    citations: null,
    queries: null,
    usage: null,
    error: null,
    ...change,
  };
}

export function answer(change: Partial<Answer>): Answer {
  return {
    id: "a1",
    conversationId: "c1",
    question: "Why?",
    status: "STREAMING",
    text: "",
    lastSeq: 0,
    attempt: 1,
    citations: [],
    queries: [],
    usage: null,
    error: null,
    createdAt: "2026-01-01T00:00:00Z",
    ...change,
  };
}

export function document(change: Partial<Document>): Document {
  return {
    id: "d1",
    collection: "default",
    name: "river.pdf",
    contentType: "application/pdf",
    bytes: 1000,
    status: "QUEUED",
    error: null,
    version: 1,
    pages: null,
    passages: null,
    progress: null,
    title: null,
    language: null,
    sha256: null,
    attachments: [],
    source: null,
    passagesDone: null,
    secondsLeft: null,
    searchableVersion: null,
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
    ...change,
  };
}
