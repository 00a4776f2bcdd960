import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  constantFrom,
  oneof,
  record,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { LOCK_FILE } from "../src/engine/lock.ts";
import { features, withRequired } from "../src/features/catalog.ts";
import { fixtureOptions } from "../src/render/options.ts";
import { render } from "../src/render/render.ts";
import { type App, hostApp } from "./support/app.ts";
import { timesOf, treeOf } from "./support/tree.ts";

type Step =
  | { do: "add" | "remove"; id: string }
  | { do: "update" | "restore" }
  | { do: "edit" | "delete"; path: string };

const ids = features.map(({ id }) => id);
const paths = [...render(ids, fixtureOptions).keys()];

const step: Arbitrary<Step> = oneof(
  record({ do: constantFrom("add" as const, "remove" as const), id: constantFrom(...ids) }),
  record({ do: constantFrom("update" as const, "restore" as const) }),
  record({ do: constantFrom("edit" as const, "delete" as const), path: constantFrom(...paths) }),
);

/** What somebody who reads the documentation expects of the tree. */
class Expected {
  here: string[] = [];
  /** The user's own lines at the end of a file, and files that were deleted while their feature was there. */
  edited = new Map<string, string>();
  deleted = new Set<string>();

  wanted = () => render(this.here, fixtureOptions);

  after(one: Step, app: App): void {
    if (one.do === "add") this.here = withRequired([...this.here, one.id]);
    if (one.do === "remove") this.#without(one.id);
    if (one.do === "restore") this.deleted.clear();
    if (one.do === "edit") this.edited.set(one.path, app.read(one.path) ?? "");
    if (one.do === "delete") {
      this.edited.delete(one.path);
      if (this.wanted().has(one.path)) this.deleted.add(one.path);
    }
  }

  #without(id: string): void {
    this.here = this.here.filter((other) => other !== id && !withRequired([other]).includes(id));
    const left = this.wanted();
    this.deleted = new Set([...this.deleted].filter((path) => left.has(path)));
  }

  /** A fresh app with these features, and in it what the user did. */
  async tree(): Promise<Record<string, string>> {
    const app = hostApp("default");
    if (this.here.length > 0) await app.run("add", ...this.here, "--no-install");
    for (const path of this.deleted) rmSync(join(app.root, path), { force: true });
    for (const [path, text] of this.edited) app.write(path, text);
    return ownTree(app);
  }
}

/** Without secrets and the lock, whose ids differ where somebody edited; empty folders are nothing to git. */
function ownTree(app: App): Record<string, string> {
  const files = Object.entries(treeOf(app.root)).filter(
    ([path]) => !path.endsWith("/") && !path.startsWith(".env") && path !== LOCK_FILE,
  );
  return Object.fromEntries(files);
}

async function take(one: Step, app: App): Promise<number> {
  if (one.do === "delete") rmSync(join(app.root, one.path), { force: true });
  if (one.do === "edit") app.write(one.path, `${app.read(one.path)}// mine\n`);
  if (one.do === "delete" || one.do === "edit") return 0;
  const words = "id" in one ? [one.do, one.id] : ["update"];
  const flags = [
    ...(one.do === "restore" ? ["--restore"] : []),
    ...(one.do === "remove" ? ["--cascade"] : []),
  ];
  return (await app.run(...words, ...flags, "--no-install", "--on-conflict=keep")).exit;
}

/** What makes no sense here is refused, or there is nothing to edit: a step that is none. */
function isPossible(one: Step, { here }: Expected, app: App): boolean {
  if (one.do === "edit" || one.do === "delete") return app.read(one.path) !== null;
  if (one.do === "remove") return here.includes(one.id);
  return one.do === "add" || here.length > 0;
}

describe("whatever somebody does, in whatever order", () => {
  it("the tree is that of a fresh app and their own changes, and the last command again changes nothing", async () => {
    const sequences = asyncProperty(array(step, { minLength: 2, maxLength: 9 }), async (steps) => {
      const app = hostApp("default");
      const expected = new Expected();
      for (const one of [{ do: "add", id: ids[0] ?? "" } satisfies Step, ...steps]) {
        if (!isPossible(one, expected, app)) continue;
        expect([one, await take(one, app)]).toEqual([one, 0]);
        expected.after(one, app);
      }
      expect(ownTree(app)).toEqual(await expected.tree());
      if (expected.here.length === 0) return;
      const [tree, times] = [treeOf(app.root), timesOf(app.root)];
      expect((await app.run("update", "--no-install")).exit).toBe(0);
      expect([treeOf(app.root), timesOf(app.root)]).toEqual([tree, times]);
    });
    await assert(sequences, { numRuns: 25 });
  }, 120_000);
});
