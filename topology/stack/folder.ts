import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of this run, removed when this process has ended, whatever ended it. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "auth-rr-topology-"));
  // The folder's servers need a moment to notice that they are to end.
  const janitor = spawn("sh", ["-c", 'cat; sleep 3; rm -rf "$0"', folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  janitor.unref();
  // Standard input closes with this process and must not keep it alive.
  (janitor.stdin as unknown as { unref(): void }).unref();
  chmodSync(folder, 0o711);
  return folder;
}

/** A folder within, for the servers' own user. */
export function folderForPostgres(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder, { mode: 0o700 });
  give(folder);
  return folder;
}

/** A file that only the servers' own user can read. */
export function fileForPostgres(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  give(file);
  return file;
}

function give(path: string): void {
  if (process.getuid?.() === 0) execFileSync("chown", ["postgres:postgres", path]);
}
