import { features, withRequired } from "../features/catalog.ts";
import { Refusal } from "../project/refusal.ts";
import { version } from "../render/template.ts";
import { type Change, change } from "./change.ts";
import type { Call, Command } from "./command.ts";
import { knownFeatures } from "./names.ts";
import { open } from "./open.ts";
import { optionsFor } from "./options.ts";

export const add: Command = {
  summary: "add features, and what they require",
  usage: "add <feature…>",
  async run(call) {
    return change(call, await adding(call, await chosen(call)));
  },
};

/** What `init` and `add` have in common: these features besides those that are there. */
export async function adding(call: Call, ids: readonly string[]): Promise<Change> {
  const { project, lock } = open(call);
  const wanted = withRequired([...lock.features, ...ids]);
  const options = await optionsFor(call, project, lock, wanted);
  const to = { ...lock, generator: version, features: wanted, options };
  return { project, from: lock, to, repeat: `add ${ids.join(" ")}` };
}

async function chosen({ words, console }: Call): Promise<string[]> {
  if (words.length > 0) return knownFeatures(words);
  const all = features.map(({ id, title }) => ({ value: id, label: `${id}: ${title}` }));
  if (console.interactive) return console.chooseMany("What do you want to add?", all);
  throw new Refusal({
    code: "NO_FEATURE_NAMED",
    message: "No feature was named.",
    cure: `Name one of ${features.map(({ id }) => id).join(", ")}.`,
    exit: 2,
  });
}
