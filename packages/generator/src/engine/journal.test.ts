import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith, put, treeOf } from "../../test/support/tree.ts";
import { commit, recover, type Write, wasCutOff } from "./journal.ts";

const BEFORE = {
  "app/a.ts": "old a\n",
  "app/b.ts": "old b\n",
  "app/old/only.ts": "goes\n",
  "keep.ts": "kept\n",
};
const WRITES: Write[] = [
  { path: "app/a.ts", text: "new a\n" },
  { path: "app/deep/er/new.ts", text: "new\n" },
  { path: "app/old/only.ts", text: null },
  { path: "auth-rr.lock.json", text: "{}\n" },
];
const AFTER = {
  "app/": "",
  "app/a.ts": "new a\n",
  "app/b.ts": "old b\n",
  "app/deep/": "",
  "app/deep/er/": "",
  "app/deep/er/new.ts": "new\n",
  "auth-rr.lock.json": "{}\n",
  "keep.ts": "kept\n",
};

describe("a run", () => {
  it("writes, replaces and deletes, and leaves nothing of its own", () => {
    const root = folderWith(BEFORE);
    commit(root, WRITES);
    expect(treeOf(root)).toEqual(AFTER);
    expect(wasCutOff(root)).toBe(false);
  });

  it("keeps the mode of a file that it replaces", () => {
    const root = folderWith(BEFORE);
    chmodSync(join(root, "app/a.ts"), 0o755);
    commit(root, WRITES);
    expect(statSync(join(root, "app/a.ts")).mode & 0o777).toBe(0o755);
  });

  it("does nothing at all when one file cannot be written", () => {
    const root = folderWith(BEFORE);
    put(root, "app/blocked/file", "");
    const before = treeOf(root);
    expect(() =>
      commit(root, [...WRITES, { path: "app/blocked", text: "a folder is there" }]),
    ).toThrow();
    expect(treeOf(root)).toEqual(before);
  });

  it("that is killed at any point is undone to the byte by the next, or was done", () => {
    let point = 0;
    let undone = 0;
    for (;;) {
      point += 1;
      const root = folderWith(BEFORE);
      const before = treeOf(root);
      const { signal, status, stderr } = killedAt(point, root);
      if (signal === null) {
        expect([status, stderr]).toEqual([0, ""]);
        break;
      }
      if (recover(root) > 0) undone += 1;
      const tree = treeOf(root);
      expect([point, tree]).toEqual([
        point,
        existsSync(join(root, "auth-rr.lock.json")) ? AFTER : before,
      ]);
      expect(wasCutOff(root)).toBe(false);
    }
    expect(point).toBeGreaterThan(20);
    expect(undone).toBeGreaterThan(10);
  }, 60_000);

  it("does not follow a link to a file elsewhere", () => {
    const elsewhere = folderWith({ "secret.ts": "not ours\n" });
    const root = folderWith(BEFORE);
    symlinkSync(join(elsewhere, "secret.ts"), join(root, "link.ts"));
    commit(root, [{ path: "link.ts", text: "ours\n" }]);
    expect(treeOf(elsewhere)).toEqual({ "secret.ts": "not ours\n" });
  });
});

function killedAt(point: number, root: string) {
  const journal = join(import.meta.dirname, "journal.ts");
  const script = `import { commit } from ${JSON.stringify(journal)}; commit(${JSON.stringify(root)}, ${JSON.stringify(WRITES)});`;
  const crash = join(import.meta.dirname, "../../test/support/crash.mjs");
  return spawnSync(process.execPath, ["--import", crash, "--input-type=module", "--eval", script], {
    env: { ...process.env, CRASH_AT: String(point) },
    encoding: "utf8",
  });
}
