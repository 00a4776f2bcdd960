import type MagicString from "magic-string";
import { readSource } from "./source.ts";

/** What an edit of a user's file comes to. */
export type Edit =
  | { status: "same" }
  | { status: "changed"; text: string; lines: number }
  | { status: "manual"; why: string; paste: string };

/** A change of a text, with the number of lines added or changed, or taken away if those are more. */
export function changed(before: string, after: string): Edit {
  if (before === after) return { status: "same" };
  const lines = Math.max(linesBeyond(after, before), linesBeyond(before, after));
  return { status: "changed", text: after, lines };
}

/** A change of a module: parsed again, so that nothing is ever written which no longer is one. */
export function changedModule(edited: MagicString, paste: string): Edit {
  const text = edited.toString();
  if (readSource(text)) return changed(edited.original, text);
  return byHand("The change would not leave a valid module. Please make it by hand.", paste);
}

/** The edit is left to the user: `why` in one sentence that says where, `paste` the exact text. */
export function byHand(why: string, paste: string): Edit {
  return { status: "manual", why, paste };
}

/** The answer to a file that does not parse: it stays as it is. */
export function syntaxError(paste: string): Edit {
  return byHand("This file has a syntax error, so it was left alone: add this yourself.", paste);
}

function linesBeyond(text: string, other: string): number {
  const left = new Map<string, number>();
  for (const line of linesOf(other)) left.set(line, (left.get(line) ?? 0) + 1);
  return linesOf(text).filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  }).length;
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
}
