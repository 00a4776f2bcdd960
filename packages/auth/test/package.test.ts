import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
}

/** Goal P14 of docs/performance.md allows 75 for every flow together; there are fewer, and it shall stay so. */
const MOST = 40;

describe("P14 an app that installs the library", () => {
  const brought = closure(join(import.meta.dirname, ".."));

  it(`gets at most ${MOST} packages with it`, () => {
    expect(brought.size - 1).toBeLessThanOrEqual(MOST);
  });

  it("runs no script of any of them", () => {
    const scripted = [...brought.values()].filter(({ scripts = {} }) =>
      ["preinstall", "install", "postinstall"].some((name) => name in scripts),
    );
    expect(scripted.map(({ name }) => name)).toEqual([]);
  });
});

/** The package in this folder and all that it depends on, by folder. */
function closure(folder: string, seen = new Map<string, Manifest>()): Map<string, Manifest> {
  if (seen.has(folder)) return seen;
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  seen.set(folder, manifest);
  for (const name of Object.keys(manifest.dependencies ?? {})) closure(find(folder, name), seen);
  return seen;
}

function find(from: string, name: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    try {
      return realpathSync(join(folder, "node_modules", name));
    } catch {
      if (folder === dirname(folder)) throw new Error(`${name} is not installed for ${from}`);
    }
  }
}
