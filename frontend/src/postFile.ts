/** Sends one file by a presigned POST. XMLHttpRequest, because fetch does not tell how much has been sent. */
import { Failure } from "./problem";
import type { Upload } from "./wire";

export function postFile(upload: Upload, file: File, onShare: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => onShare(total > 0 ? loaded / total : 0);
    request.onload = () => (request.status < 300 ? resolve() : reject(refused(request)));
    request.onerror = () => reject(new Failure("Network", `${file.name} could not be sent`));
    request.open("POST", upload.url);
    request.send(formOf(upload, file));
  });
}

/** S3 ignores every field that comes after the file. */
function formOf(upload: Upload, file: File): FormData {
  const form = new FormData();
  for (const [key, value] of Object.entries(upload.fields)) form.append(key, value);
  form.append("file", file);
  return form;
}

/** S3 says what is wrong in XML: <Error><Code>EntityTooLarge</Code><Message>…</Message></Error>. */
function refused({ status, responseText }: XMLHttpRequest): Failure {
  const xml = new DOMParser().parseFromString(responseText, "text/xml");
  const code = xml.querySelector("Code")?.textContent || (status >= 500 ? "Unavailable" : "Refused");
  const message =
    xml.querySelector("Message")?.textContent || `The upload was answered with status ${status}.`;
  return new Failure(code === "EntityTooLarge" ? "TooLarge" : code, message);
}
