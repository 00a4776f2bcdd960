import { describe, expect, it } from "vitest";
import { blobId } from "./blob.ts";
import type { LockedFile } from "./lock.ts";
import { type OnConflict, reconcile, type World } from "./reconcile.ts";

const OLD = "one\ntwo\nthree\nfour\nfive\n";
const NEW = OLD.replace("one", "ONE");
const EDITED = OLD.replace("five", "mine");

interface Case {
  disk: string | null;
  lock?: string;
  want: string | null;
  base?: string | null;
  onConflict?: OnConflict;
  restore?: boolean;
  movedTo?: string;
  format?: (text: string) => string;
}

async function decide(one: Case) {
  const { disk, lock, want, base = null, onConflict, restore, movedTo, format } = one;
  const world: World = {
    read: () => disk,
    baseOf: async () => base,
    format: async (_path, text) => (format ? format(text) : text),
    onConflict: onConflict ?? null,
    restore: restore ?? false,
    movedTo: () => movedTo ?? null,
  };
  const locked: Record<string, LockedFile> = lock
    ? { f: { feature: "login", blob: blobId(lock) } }
    : {};
  const wanted = new Map(want === null ? [] : [["f", { feature: "login", text: want }]]);
  const [step] = await reconcile(wanted, locked, world);
  return step;
}

describe("a file that is wanted", () => {
  it("is created where nothing is", async () => {
    expect(await decide({ disk: null, want: NEW })).toMatchObject({ outcome: "create", text: NEW });
  });

  it("stays deleted where you deleted it, also in a new version", async () => {
    for (const want of [OLD, NEW]) {
      const step = await decide({ disk: null, lock: OLD, want });
      expect(step).toMatchObject({ outcome: "stays-deleted" });
      expect(step?.text).toBeUndefined();
      expect(await decide({ disk: null, lock: OLD, want, restore: true })).toMatchObject({
        outcome: "create",
        text: want,
      });
    }
  });

  it("is not written again where you moved it away, and keeps the id by which it is found", async () => {
    for (const want of [OLD, NEW]) {
      const moved = { disk: null, lock: OLD, want, movedTo: "g", restore: true };
      const step = await decide(moved);
      expect(step).toMatchObject({ outcome: "moved", target: "g", locked: { blob: blobId(OLD) } });
      expect(step?.text).toBeUndefined();
    }
    const dropped = await decide({ disk: null, lock: OLD, want: null, movedTo: "g" });
    expect(dropped).toEqual({ path: "f", outcome: "moved", target: "g", locked: null });
  });

  it("is not touched when it is there already, known or not, whatever its line endings", async () => {
    for (const disk of [NEW, NEW.replaceAll("\n", "\r\n")]) {
      for (const lock of [OLD, NEW, undefined]) {
        const step = await decide({ disk, ...(lock && { lock }), want: NEW });
        expect(step).toMatchObject({ outcome: "same", locked: { blob: blobId(NEW) } });
        expect(step?.text).toBeUndefined();
      }
    }
  });

  it("is not written over a file of yours, unless you say so", async () => {
    const yours = { disk: "yours\n", want: NEW };
    expect(await decide(yours)).toMatchObject({ outcome: "exists" });
    expect(await decide({ ...yours, onConflict: "keep" })).toMatchObject({ outcome: "yours" });
    expect(await decide({ ...yours, onConflict: "overwrite" })).toMatchObject({
      outcome: "update",
      text: NEW,
    });
    expect(await decide({ ...yours, onConflict: "new" })).toMatchObject({
      outcome: "beside",
      target: "f.new",
    });
  });

  it("is replaced by its new version where you changed nothing", async () => {
    expect(await decide({ disk: OLD, lock: OLD, want: NEW })).toMatchObject({
      outcome: "update",
      text: NEW,
    });
  });

  it("stays as you changed it where there is no new version", async () => {
    const step = await decide({ disk: EDITED, lock: OLD, want: OLD });
    expect(step).toMatchObject({ outcome: "yours", locked: { blob: blobId(OLD) } });
    expect(step?.text).toBeUndefined();
  });

  it("is merged where both changed it", async () => {
    expect(await decide({ disk: EDITED, lock: OLD, want: NEW, base: OLD })).toMatchObject({
      outcome: "merge",
      text: EDITED.replace("one", "ONE"),
      locked: { blob: blobId(NEW) },
    });
  });

  it("is left to you where both changed the same line, and never loses yours", async () => {
    const step = await decide({
      disk: OLD.replace("one", "mine"),
      lock: OLD,
      want: NEW,
      base: OLD,
    });
    expect(step).toMatchObject({ outcome: "conflict" });
    expect(step?.text).toContain("mine");
  });

  it("is written beside yours where nobody knows what it was before", async () => {
    expect(await decide({ disk: EDITED, lock: OLD, want: NEW, base: null })).toMatchObject({
      outcome: "beside",
      target: "f.new",
      text: NEW,
    });
  });
});

describe("a file that is no longer wanted", () => {
  it("goes if you never touched it", async () => {
    expect(await decide({ disk: OLD, lock: OLD, want: null })).toMatchObject({
      outcome: "delete",
      locked: null,
    });
  });

  it("is yours if you did", async () => {
    expect(await decide({ disk: EDITED, lock: OLD, want: null })).toMatchObject({
      outcome: "orphaned",
      locked: null,
    });
  });

  it("is forgotten if you deleted it", async () => {
    expect(await decide({ disk: null, lock: OLD, want: null })).toMatchObject({ locked: null });
  });
});

describe("an app with a formatter", () => {
  const format = (text: string) => text.replaceAll("two", "  two");

  it("gets the file in its style, and that is no edit afterwards", async () => {
    const created = await decide({ disk: null, want: NEW, format });
    expect(created).toMatchObject({ outcome: "create", text: format(NEW) });
    expect(created?.locked).toEqual({
      feature: "login",
      blob: blobId(format(NEW)),
      raw: blobId(NEW),
    });
  });

  it("sees merges in its style", async () => {
    const step = await decide({ disk: format(EDITED), lock: OLD, want: NEW, base: OLD, format });
    expect(step).toMatchObject({ outcome: "merge", text: format(EDITED.replace("one", "ONE")) });
  });
});
