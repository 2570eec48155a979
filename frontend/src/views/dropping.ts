/** A file that is dropped beside the place for it must not replace the page: browsers open what nobody takes. */
export function keepDroppedFilesOut(target: Pick<EventTarget, "addEventListener">): void {
  for (const type of ["dragover", "drop"]) target.addEventListener(type, refuseFiles);
}

/** Text may still be dragged into a field, and what has been taken is left alone. */
function refuseFiles(event: Event): void {
  const carried = (event as DragEvent).dataTransfer;
  if (event.defaultPrevented || carried === null || !carried.types.includes("Files")) return;
  event.preventDefault();
  carried.dropEffect = "none";
}
