import { Refusal } from "../project/refusal.ts";
import { version } from "../render/template.ts";
import { type Change, change } from "./change.ts";
import type { Call, Command } from "./command.ts";
import { open } from "./open.ts";
import { optionsFor } from "./options.ts";

export const update: Command = {
  summary: "bring the files of this version in, and keep what you changed",
  usage: "update [--only <path>]",
  async run(call) {
    return change(call, await updating(call));
  },
};

/** From what is in the tree to what this version would write. */
export async function updating(call: Call): Promise<Change> {
  const { project, lock } = open(call);
  if (lock.features.length === 0) {
    throw new Refusal({
      code: "NOTHING_HERE",
      message: "There is nothing to update.",
      cure: "Run npx auth-rr add login first.",
      exit: 2,
    });
  }
  const options = await optionsFor(call, project, lock, lock.features);
  const to = { ...lock, generator: version, options };
  return { project, from: lock, to, repeat: "update" };
}
