import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { blobId } from "../engine/blob.ts";
import type { Lock } from "../engine/lock.ts";
import { movedFiles } from "../engine/moved.ts";
import { features } from "../features/catalog.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./command.ts";
import { open } from "./open.ts";
import { plural } from "./show.ts";

export const list: Command = {
  summary: "the features there are, and which are here",
  usage: "list",
  async run(call) {
    const { project, lock } = open(call);
    const moved = movedFiles(project.root, lock);
    const rows = features.map(({ id, title, requires }) => {
      const files = filesOf(lock, id);
      const edited = files.filter((path) => isEdited(project.root, path, lock)).length;
      const here = lock.features.includes(id);
      const places = files.flatMap((path) => (moved.has(path) ? [[path, moved.get(path)]] : []));
      return {
        ...{ id, title, requires, here, files: files.length, edited },
        moved: Object.fromEntries(places) as Record<string, string>,
      };
    });
    for (const { id, title, here, files, edited, moved } of rows) {
      const state = here ? `${plural(files, "file")}, ${edited} edited` : "not here";
      call.console.print(`${here ? "*" : " "} ${id.padEnd(12)} ${title}  (${state})`);
      for (const [path, place] of Object.entries(moved)) {
        call.console.print(`    ${path} moved to ${place}`);
      }
    }
    call.console.answer({ generator: lock.generator, features: rows });
    return EXIT.done;
  },
};

function filesOf(lock: Lock, id: string): string[] {
  return Object.keys(lock.files).filter((path) => lock.files[path]?.feature === id);
}

function isEdited(root: string, path: string, lock: Lock): boolean {
  const file = join(root, path);
  return existsSync(file) && blobId(readFileSync(file, "utf8")) !== lock.files[path]?.blob;
}
