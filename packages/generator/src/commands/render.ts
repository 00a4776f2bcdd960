import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readLock } from "../engine/lock.ts";
import { Refusal } from "../project/refusal.ts";
import { render as renderTree } from "../render/render.ts";
import { version } from "../render/template.ts";
import { type Command, EXIT } from "./command.ts";

/** The promise to all later versions: from a lock of this version comes the tree it stands for, to the byte. */
export const render: Command = {
  summary: "write the untouched files of a lock into a folder",
  usage: "render --out <folder>",
  async run({ cwd, flags, console }) {
    const root = resolve(cwd, flags.cwd ?? ".");
    const lock = readLock(root, version);
    if (!lock || !flags.out) {
      throw new Refusal({
        code: "ARGUMENTS_INVALID",
        message: "render needs a lock and --out.",
        cure: "Run it beside auth-rr.lock.json.",
        exit: 2,
      });
    }
    const files = renderTree(lock.features, lock.options);
    for (const [path, { text }] of files) {
      const target = join(root, flags.out, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
    console.print(`${files.size} files written to ${flags.out}`);
    console.answer({ files: [...files.keys()], out: flags.out });
    return EXIT.done;
  },
};
