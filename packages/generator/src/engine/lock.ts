import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "../project/refusal.ts";
import type { Options } from "../render/options.ts";

/** What stands in the tree by the generator's hand: committed with the app, written by the generator alone. */
export interface Lock {
  lockfileVersion: 1;
  /** The version whose templates are in the tree. */
  generator: string;
  features: string[];
  options: Options;
  files: Record<string, LockedFile>;
  /** Insertions in the user's own files, and the feature that needs each. */
  edits: Record<string, string>;
}

export interface LockedFile {
  feature: string;
  /** Git's id of the text as it was written. */
  blob: string;
  /** The same before the app's formatter touched it, when that made a difference. */
  raw?: string;
}

export const LOCK_FILE = "auth-rr.lock.json";

/** Null where nothing was generated yet. Refuses a lock that cannot be trusted: unreadable, in conflict, of a later version. */
export function readLock(root: string, version: string): Lock | null {
  const path = join(root, LOCK_FILE);
  if (!existsSync(path)) return null;
  const lock = parse(readFileSync(path, "utf8"));
  if (lock.lockfileVersion !== 1 || isLater(lock.generator, version)) {
    throw new Refusal({
      code: "LOCK_TOO_NEW",
      message: `${LOCK_FILE} was written by auth-rr ${lock.generator}, and this is ${version}.`,
      cure: `Run npx auth-rr@${lock.generator} instead.`,
    });
  }
  return lock;
}

export function lockText(lock: Lock): string {
  const sorted = { ...lock, files: sortedByKey(lock.files), edits: sortedByKey(lock.edits) };
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

function parse(text: string): Lock {
  try {
    return JSON.parse(text) as Lock;
  } catch {
    throw new Refusal({
      code: "LOCK_UNREADABLE",
      message: `${LOCK_FILE} is no JSON${/^<{7}/m.test(text) ? ": a merge left its conflict there" : ""}.`,
      cure: `Take either side of it from git and run \`npx auth-rr update\`, or delete it and run \`npx auth-rr doctor --fix\`.`,
    });
  }
}

function sortedByKey<Value>(record: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isLater(written: string, own: string): boolean {
  const [a, b] = [written, own].map((version) => version.split(/[.-]/).map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
