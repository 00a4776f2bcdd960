import { diffIndices } from "node-diff3";

const CONTEXT = 3;

/** The difference of two texts as `diff -u` would write it; empty where there is none. */
export function unified(path: string, before: string, after: string): string {
  const [old, next] = [linesOf(before), linesOf(after)];
  const changes = diffIndices(old, next);
  if (changes.length === 0) return "";
  const hunks = grouped(changes.map(({ buffer1, buffer2 }) => ({ old: buffer1, next: buffer2 })));
  return [
    `--- a/${path}`,
    `+++ b/${path}`,
    ...hunks.flatMap((hunk) => linesOfHunk(hunk, old, next)),
  ].join("\n");
}

interface Region {
  old: [number, number];
  next: [number, number];
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** Changes whose surroundings touch are shown as one. */
function grouped(changes: Region[]): Region[][] {
  const hunks: Region[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1)?.at(-1);
    const near = last && change.old[0] - (last.old[0] + last.old[1]) <= 2 * CONTEXT;
    if (near) hunks.at(-1)?.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

function linesOfHunk(hunk: Region[], old: string[], next: string[]): string[] {
  const [first, last] = [hunk[0] as Region, hunk.at(-1) as Region];
  const from = Math.max(0, first.old[0] - CONTEXT);
  const to = Math.min(old.length, last.old[0] + last.old[1] + CONTEXT);
  const lines: string[] = [];
  let at = from;
  for (const region of hunk) {
    lines.push(...old.slice(at, region.old[0]).map((line) => ` ${line}`));
    at = region.old[0] + region.old[1];
    lines.push(...old.slice(region.old[0], at).map((line) => `-${line}`));
    lines.push(
      ...next.slice(region.next[0], region.next[0] + region.next[1]).map((line) => `+${line}`),
    );
  }
  lines.push(...old.slice(at, to).map((line) => ` ${line}`));
  const offset = first.next[0] - first.old[0];
  const added = lines.filter((line) => !line.startsWith("-")).length;
  return [`@@ -${from + 1},${to - from} +${from + offset + 1},${added} @@`, ...lines];
}
