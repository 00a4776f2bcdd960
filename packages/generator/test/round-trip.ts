import { expect } from "vitest";
import type { Edit } from "../src/edits/edit.ts";

interface Pair {
  add(text: string): Edit;
  remove(text: string): Edit;
}

/** Adding gives `after`, again nothing, and removing gives the very bytes back; with Windows line endings as well. */
export function roundTrip({ add, remove }: Pair, before: string, after: string): void {
  for (const spelled of [(text: string) => text, windows]) {
    expect(add(spelled(before))).toMatchObject({ status: "changed", text: spelled(after) });
    expect(add(spelled(after))).toEqual({ status: "same" });
    expect(remove(spelled(after))).toMatchObject({ status: "changed", text: spelled(before) });
    expect(remove(spelled(before))).toEqual({ status: "same" });
  }
}

const windows = (text: string): string => `\uFEFF${text.replaceAll("\n", "\r\n")}`;
