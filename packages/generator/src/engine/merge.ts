import { diff3Merge } from "node-diff3";
import { lf } from "./blob.ts";

export interface Merged {
  text: string;
  /** Places where both sides changed the same lines; they stand in the text between markers. */
  conflicts: number;
}

const MARKERS = ["<<<<<<< yours", "||||||| before", "=======", ">>>>>>> auth-rr"] as const;

/** Brings what changed from `base` to `theirs` into `mine`, and keeps the line endings of `mine`. */
export function merge(mine: string, base: string, theirs: string): Merged {
  const regions = diff3Merge(lines(mine), lines(base), lines(theirs), {
    excludeFalseConflicts: true,
  });
  let conflicts = 0;
  const merged = regions.flatMap(({ ok, conflict }) => {
    if (ok) return ok;
    if (!conflict) return [];
    const { a, o, b } = conflict;
    if ([...a, ...o, ...b].every(isImport)) return united(a, o, b);
    conflicts += 1;
    return [MARKERS[0], ...a, MARKERS[1], ...o, MARKERS[2], ...b, MARKERS[3]];
  });
  const text = merged.join("\n");
  return { text: mine.includes("\r\n") ? text.replaceAll("\n", "\r\n") : text, conflicts };
}

/** Whether somebody has yet to decide between the two sides of an earlier merge. */
export function hasMarkers(text: string): boolean {
  return MARKERS.every((marker) => lines(text).includes(marker));
}

function lines(text: string): string[] {
  return lf(text).split("\n");
}

function isImport(line: string): boolean {
  return line.trim() === "" || /^import .*(from )?["'].*["'];?$/.test(line);
}

/** Both sides only added or took away imports: each keeps what it did. */
function united(mine: string[], base: string[], theirs: string[]): string[] {
  const kept = mine.filter((line) => !base.includes(line) || theirs.includes(line));
  const added = theirs.filter((line) => !base.includes(line) && !mine.includes(line));
  const end = kept.findLastIndex((line) => line.trim() !== "") + 1;
  return [...kept.slice(0, end), ...added, ...kept.slice(end)];
}
