import { features } from "../features/catalog.ts";
import { adding } from "./add.ts";
import { change } from "./change.ts";
import type { Call, Command } from "./command.ts";
import { knownFeatures } from "./names.ts";

export const init: Command = {
  summary: "begin, with login and the features you choose",
  usage: "init [feature…]",
  async run(call) {
    return change(call, await adding(call, await chosen(call)));
  },
};

async function chosen({ words, flags, console }: Call): Promise<string[]> {
  const others = features.filter(({ id }) => id !== "login");
  if (words.length > 0) return ["login", ...knownFeatures(words)];
  if (flags.all)
    return ["login", ...others.map(({ id }) => id).filter((id) => !without(flags, id))];
  if (!console.interactive || flags.yes || others.length === 0) return ["login"];
  const choices = others.map(({ id, title }) => ({ value: id, label: `${id}: ${title}` }));
  return ["login", ...(await console.chooseMany("Login is included. What else?", choices))];
}

function without(flags: Call["flags"], id: string): boolean {
  return (flags as Record<string, unknown>)[`no-${id}`] === true;
}
