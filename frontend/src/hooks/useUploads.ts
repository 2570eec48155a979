import { type Dispatch, useCallback, useEffect, useReducer, useRef } from "react";
import { contentTypeOf } from "../acceptance";
import { createUpload, deleteDocument } from "../api";
import type { Arrival } from "../arrivals";
import { postFile } from "../postFile";
import { problemOf } from "../problem";
import type { ShelfAction } from "../shelf";
import { newSending, orphanOf, reduceUploads, type Sending, startable, type UploadAction } from "../uploads";
import type { Document } from "../wire";

/** Registers a file and sends it, reporting each step. */
async function send(sending: Sending, report: Dispatch<UploadAction>, shelve: Dispatch<ShelfAction>) {
  const { key, file, collection, documentId, replaces } = sending;
  const change = (change: Partial<Sending>) => report({ type: "changed", key, change });
  const contentType = contentTypeOf(file.type);
  try {
    const upload = await createUpload({
      name: file.name,
      bytes: file.size,
      contentType,
      collection,
      documentId: documentId ?? replaces,
    });
    change({ documentId: upload.document.id });
    shelve({ type: "changed", document: upload.document });
    await postFile(upload, file, (share) => change({ share }));
    change({ phase: "sent", share: 1 });
  } catch (thrown) {
    change({ phase: "failed", problem: problemOf(thrown) });
  }
}

export function useUploads(shelve: Dispatch<ShelfAction>, documents: ReadonlyMap<string, Document>) {
  const [sendings, dispatch] = useReducer(reduceUploads, []);
  const started = useRef(new Set<string>());
  const shelved = useRef(documents);
  useEffect(() => {
    shelved.current = documents;
  }, [documents]);

  useEffect(() => {
    for (const sending of startable(sendings)) {
      if (started.current.has(sending.key)) continue;
      started.current.add(sending.key);
      dispatch({ type: "changed", key: sending.key, change: { phase: "sending", share: 0, problem: null } });
      send(sending, dispatch, shelve);
    }
  }, [sendings, shelve]);

  const add = useCallback((arrivals: readonly Arrival[], collection: string | null) => {
    const added = arrivals.map(({ file, known }) =>
      newSending(crypto.randomUUID(), file, collection, known?.id ?? null),
    );
    dispatch({ type: "added", sendings: added });
  }, []);

  const retry = useCallback((key: string) => {
    started.current.delete(key);
    dispatch({ type: "changed", key, change: { phase: "waiting" } });
  }, []);

  /** Also forgets the registered document, whose file will never come. */
  const dismiss = useCallback((sending: Sending) => {
    dispatch({ type: "dismissed", key: sending.key });
    const orphan = orphanOf(sending, shelved.current);
    if (orphan !== null) deleteDocument(orphan).catch(() => {}); // it expires on its own otherwise
  }, []);

  return { sendings, add, retry, dismiss };
}

export type Uploads = ReturnType<typeof useUploads>;
