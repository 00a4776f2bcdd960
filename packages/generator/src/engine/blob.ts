import { createHash } from "node:crypto";

/** Line endings as git stores them, so that a checkout on Windows is no edit. */
export function lf(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/** The id git gives to a file with this text: where a commit holds it, git can give the text back. */
export function blobId(text: string): string {
  const bytes = Buffer.from(lf(text));
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
