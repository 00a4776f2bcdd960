import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Lock } from "./lock.ts";

/** Where generated files that are gone from their place are now: known by their text, among what git tracks. */
export function movedFiles(root: string, { files }: Pick<Lock, "files">): Map<string, string> {
  const gone = Object.entries(files).filter(([path]) => !existsSync(join(root, path)));
  if (gone.length === 0) return new Map();
  const tracked = trackedBlobs(root, (path) => !(path in files) && existsSync(join(root, path)));
  return new Map(
    gone.flatMap(([path, { blob }]): [string, string][] => {
      const place = tracked.get(blob);
      return place === undefined ? [] : [[path, place]];
    }),
  );
}

/** By blob id; nothing where there is no git. */
function trackedBlobs(root: string, wanted: (path: string) => boolean): Map<string, string> {
  const entries = lsFiles(root).flatMap((line): [string, string][] => {
    const [, blob, path] = /^\d+ ([0-9a-f]+) 0\t(.*)$/s.exec(line) ?? [];
    return blob && path && wanted(path) ? [[blob, path]] : [];
  });
  return new Map(entries);
}

function lsFiles(root: string): string[] {
  try {
    const options = { cwd: root, encoding: "utf8", maxBuffer: 1 << 26, stdio: "pipe" } as const;
    return execFileSync("git", ["ls-files", "--stage", "-z"], options).split("\0");
  } catch {
    return [];
  }
}
