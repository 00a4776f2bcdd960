import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

export type Tree = Record<string, string>;

/** A new folder with these files. */
export function folderWith(files: Tree): string {
  const root = mkdtempSync(join(tmpdir(), "auth-rr-test-"));
  for (const [path, text] of Object.entries(files)) put(root, path, text);
  return root;
}

export function put(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Every file and folder below, by path; folders end in a slash. */
export function treeOf(root: string, ignoring: RegExp = /^node_modules\//): Tree {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true });
  const entries = paths.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) return [relative(root, path), "a link"];
    return entry.isDirectory()
      ? [`${relative(root, path)}/`, ""]
      : [relative(root, path), readFileSync(path, "utf8")];
  });
  const kept = entries.filter(([path]) => !ignoring.test(path as string));
  return Object.fromEntries(kept.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)));
}

/** When each file was written last, so that a touch is seen too. */
export function timesOf(root: string): Record<string, number> {
  const files = Object.keys(treeOf(root)).filter((path) => !path.endsWith("/"));
  return Object.fromEntries(files.map((path) => [path, statSync(join(root, path)).mtimeMs]));
}
