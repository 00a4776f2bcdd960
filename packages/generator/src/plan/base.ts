import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { blobId } from "../engine/blob.ts";
import { LOCK_FILE, type Lock, type LockedFile, lockText } from "../engine/lock.ts";
import { render } from "../render/render.ts";
import { version } from "../render/template.ts";

const run = promisify(execFile);

/** Long enough for npm to fetch one small package. */
const FETCH_MS = 60_000;

/**
 * Finds what the generator wrote before: rendered again if this version wrote it, else in git, else rendered by the
 * version that did. Only a text with the id in the lock is believed.
 */
export function bases(root: string, lock: Lock) {
  const own = lock.generator === version ? render(lock.features, lock.options) : null;
  let old: Promise<Map<string, string>> | undefined;

  return async (path: string, { blob, raw }: LockedFile): Promise<string | null> => {
    const believed = (text: string | null | undefined) =>
      text != null && [blob, raw].includes(blobId(text)) ? text : null;
    const rendered = believed(own?.get(path)?.text);
    if (rendered !== null) return rendered;
    const committed = believed(await fromGit(root, blob));
    if (committed !== null || own) return committed;
    old ??= renderedBy(lock);
    return believed((await old).get(path));
  };
}

async function fromGit(root: string, blob: string): Promise<string | null> {
  return run("git", ["cat-file", "blob", blob], { cwd: root, maxBuffer: 1 << 24 }).then(
    ({ stdout }) => stdout,
    () => null,
  );
}

/** The one promise to later versions: `render` gives the pristine tree of a lock. Nothing where npm cannot be reached. */
async function renderedBy(lock: Lock): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "auth-rr-"));
  try {
    await writeFile(join(folder, LOCK_FILE), lockText(lock));
    const args = ["--yes", `auth-rr@${lock.generator}`, "render", "--cwd", folder, "--out", "tree"];
    await run("npx", args, { cwd: folder, timeout: FETCH_MS });
    const paths = Object.keys(lock.files);
    const texts = paths.map((path) => readFile(join(folder, "tree", path), "utf8").catch(() => ""));
    return new Map((await Promise.all(texts)).map((text, index) => [paths[index] as string, text]));
  } catch {
    return new Map();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
