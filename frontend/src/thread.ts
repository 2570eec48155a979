/** The questions of one conversation in the order asked, with those just asked among them. Pure. */
import type { AskInput } from "./generated";
import type { Answer } from "./wire";

export interface Entry {
  readonly id: string;
  /** What was to be asked; kept until the service has answered to it. */
  readonly ask: AskInput | null;
  readonly answer: Answer | null;
}

export interface Thread {
  readonly conversationId: string | null;
  readonly entries: readonly Entry[];
}

export type ThreadAction =
  | { readonly type: "opened"; readonly conversationId: string | null; readonly entries: readonly Entry[] }
  | { readonly type: "asked"; readonly ask: AskInput & { readonly id: string } }
  | { readonly type: "listed"; readonly conversationId: string; readonly answers: readonly Answer[] }
  | { readonly type: "known"; readonly answer: Answer };

export const emptyThread: Thread = { conversationId: null, entries: [] };

export function reduceThread(thread: Thread, action: ThreadAction): Thread {
  switch (action.type) {
    case "opened":
      return { conversationId: action.conversationId, entries: action.entries };
    case "asked":
      return {
        ...thread,
        entries: [...thread.entries, { id: action.ask.id, ask: action.ask, answer: null }],
      };
    case "listed":
      return action.conversationId === thread.conversationId ? listed(thread, action.answers) : thread;
    case "known":
      return known(thread, action.answer);
  }
}

function listed(thread: Thread, answers: readonly Answer[]): Thread {
  const byAge = [...answers].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  const ids = new Set(byAge.map(({ id }) => id));
  const asked = new Map(thread.entries.map((entry) => [entry.id, entry]));
  const entries = byAge.map((answer) => ({
    id: answer.id,
    ask: null,
    answer: asked.get(answer.id)?.answer ?? answer,
  }));
  return { ...thread, entries: [...entries, ...thread.entries.filter(({ id }) => !ids.has(id))] };
}

/** The service has the question: it says which conversation it belongs to. */
function known(thread: Thread, answer: Answer): Thread {
  if (!thread.entries.some(({ id }) => id === answer.id)) return thread;
  const entries = thread.entries.map((entry) =>
    entry.id === answer.id ? { ...entry, ask: null, answer } : entry,
  );
  return { conversationId: answer.conversationId, entries };
}
