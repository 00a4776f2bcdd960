import { blobId, lf } from "./blob.ts";
import type { LockedFile } from "./lock.ts";
import { merge } from "./merge.ts";

/** What becomes of one file. `new` files stand beside the user's, for the user to compare. */
export type Outcome =
  | "create"
  | "update"
  | "merge"
  | "conflict"
  | "delete"
  | "same"
  | "yours"
  | "stays-deleted"
  | "moved"
  | "exists"
  | "beside"
  | "orphaned";

export interface Step {
  path: string;
  outcome: Outcome;
  /** What is written, if anything; where it goes, if not to `path`. */
  text?: string;
  target?: string;
  /** What the lock says afterwards; null takes the file out of it. */
  locked: LockedFile | null;
}

export interface Wanted {
  feature: string;
  text: string;
}

export type OnConflict = "keep" | "overwrite" | "new";

export interface World {
  /** What is on disk, null where nothing is. */
  read(path: string): string | null;
  /** What the generator wrote there last, null where nobody can tell any more. */
  baseOf(path: string, locked: LockedFile): Promise<string | null>;
  /** In the style of the user's formatter. */
  format(path: string, text: string): Promise<string>;
  onConflict: OnConflict | null;
  /** Writes again what the user deleted. */
  restore: boolean;
  /** Where the user moved it, null where nobody can tell. */
  movedTo(path: string): string | null;
}

/** Compares what is wanted with what was written and what is there. Decides everything, writes nothing. */
export async function reconcile(
  wanted: ReadonlyMap<string, Wanted>,
  locked: Record<string, LockedFile>,
  world: World,
): Promise<Step[]> {
  const paths = [...new Set([...wanted.keys(), ...Object.keys(locked)])].sort();
  const steps: Step[] = [];
  for (const path of paths) {
    const want = wanted.get(path);
    steps.push(want ? await bring(path, want, locked[path], world) : drop(path, locked, world));
  }
  return steps;
}

/** The file is no longer wanted: an untouched one goes, an edited one is the user's from now on. */
function drop(path: string, locked: Record<string, LockedFile>, world: World): Step {
  const mine = world.read(path);
  if (mine === null) return absent(path, null, world);
  const untouched = blobId(mine) === locked[path]?.blob;
  return { path, outcome: untouched ? "delete" : "orphaned", locked: null };
}

async function bring(
  path: string,
  want: Wanted,
  before: LockedFile | undefined,
  world: World,
): Promise<Step> {
  const mine = world.read(path);
  const raw = blobId(want.text);
  if (before && mine === null && world.movedTo(path) !== null) return absent(path, before, world);
  if (before && (before.raw ?? before.blob) === raw) {
    const same = { ...before, feature: want.feature };
    if (mine !== null) {
      return { path, outcome: blobId(mine) === before.blob ? "same" : "yours", locked: same };
    }
    if (!world.restore) return absent(path, same, world);
  }
  const text = await world.format(path, want.text);
  const locked = lockedAs(want.feature, text, raw);
  if (mine === null) {
    if (before && !world.restore) return absent(path, locked, world);
    return { path, outcome: "create", text, locked };
  }
  if (lf(mine) === lf(text) || lf(mine) === lf(want.text)) {
    return { path, outcome: "same", locked: lockedAs(want.feature, mine, raw) };
  }
  if (!before) return meet(path, text, locked, world);
  if (blobId(mine) === before.blob) return { path, outcome: "update", text, locked };
  return mergeInto(path, mine, { text, locked }, before, world);
}

/** Nothing is where we wrote it. What was moved keeps its id in the lock, for that is how it is found. */
function absent(path: string, locked: LockedFile | null, { movedTo }: World): Step {
  const target = movedTo(path);
  return target === null
    ? { path, outcome: "stays-deleted", locked }
    : { path, outcome: "moved", target, locked };
}

/** A file is there that the generator never wrote. */
function meet(path: string, text: string, locked: LockedFile, world: World): Step {
  if (world.onConflict === "overwrite") return { path, outcome: "update", text, locked };
  if (world.onConflict === "keep") return { path, outcome: "yours", locked };
  if (world.onConflict === "new") return beside(path, text, locked);
  return { path, outcome: "exists", text, locked };
}

async function mergeInto(
  path: string,
  mine: string,
  { text, locked }: { text: string; locked: LockedFile },
  before: LockedFile,
  world: World,
): Promise<Step> {
  if (world.onConflict === "keep") return { path, outcome: "yours", locked };
  if (world.onConflict === "overwrite") return { path, outcome: "update", text, locked };
  const base = await world.baseOf(path, before);
  if (base === null || world.onConflict === "new") return beside(path, text, locked);
  const merged = merge(mine, await world.format(path, base), text);
  if (merged.conflicts > 0) return { path, outcome: "conflict", text: merged.text, locked };
  return lf(merged.text) === lf(mine)
    ? { path, outcome: "yours", locked }
    : { path, outcome: "merge", text: merged.text, locked };
}

function beside(path: string, text: string, locked: LockedFile): Step {
  return { path, outcome: "beside", target: `${path}.new`, text, locked };
}

function lockedAs(feature: string, text: string, raw: string): LockedFile {
  const blob = blobId(text);
  return blob === raw ? { feature, blob } : { feature, blob, raw };
}
