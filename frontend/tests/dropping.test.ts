import { describe, expect, test } from "vitest";
import { keepDroppedFilesOut } from "../src/views/dropping";

/** Drops something on a page that is kept; what was dropped, as it is afterwards. */
function dropped(types: readonly string[], taken = false): Event {
  const page = new EventTarget();
  if (taken) page.addEventListener("drop", (event) => event.preventDefault());
  keepDroppedFilesOut(page);
  const drop = Object.assign(new Event("drop", { cancelable: true }), {
    dataTransfer: { types, dropEffect: "copy" },
  });
  page.dispatchEvent(drop);
  return drop;
}

describe("a drop beside the place for files", () => {
  test("does not replace the page with the file", () => {
    const drop = dropped(["Files"]);
    expect(drop.defaultPrevented).toBe(true);
    expect(drop).toHaveProperty("dataTransfer.dropEffect", "none");
  });

  test("of text is left to the field it is dropped on", () => {
    expect(dropped(["text/plain"]).defaultPrevented).toBe(false);
  });

  test("that the page has taken is left alone", () => {
    expect(dropped(["Files"], true)).toHaveProperty("dataTransfer.dropEffect", "copy");
  });
});
