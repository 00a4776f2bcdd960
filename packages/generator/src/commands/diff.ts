import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bases } from "../plan/base.ts";
import { formatterOf } from "../plan/formatter.ts";
import { makePlan } from "../plan/plan.ts";
import { render } from "../render/render.ts";
import { type Call, type Command, EXIT } from "./command.ts";
import { unified } from "./unified.ts";
import { updating } from "./update.ts";

export const diff: Command = {
  summary: "what an update would do; --mine: what you changed; --upstream: what we changed",
  usage: "diff [path]",
  async run(call) {
    const pairs = await pairsFor(call);
    const patches = pairs
      .filter(({ path }) => call.words.length === 0 || call.words.includes(path))
      .map(({ path, before, after }) => ({ path, patch: unified(path, before, after) }))
      .filter(({ patch }) => patch !== "");
    for (const { patch } of patches) call.console.print(patch);
    call.console.answer({ differences: patches });
    const differs = patches.length > 0 && (call.flags["exit-code"] || call.flags.check);
    return differs ? EXIT.conflicts : EXIT.done;
  },
};

interface Pair {
  path: string;
  before: string;
  after: string;
}

async function pairsFor(call: Call): Promise<Pair[]> {
  const { project, from, to } = await updating(call);
  const baseOf = bases(project.root, from);
  const onDisk = (path: string) => {
    const file = join(project.root, path);
    return existsSync(file) ? readFileSync(file, "utf8").replaceAll("\r\n", "\n") : "";
  };
  if (call.flags.mine || call.flags.upstream) {
    const next = render(to.features, to.options);
    const pairs = Object.entries(from.files).map(async ([path, locked]) => ({
      path,
      before: (await baseOf(path, locked)) ?? "",
      after: call.flags.mine ? onDisk(path) : (next.get(path)?.text ?? ""),
    }));
    return Promise.all(pairs);
  }
  const format = formatterOf(project, call.console.note);
  const request = { project, from, to, format, onConflict: null, restore: false, only: null };
  const plan = await makePlan(request);
  return plan.writes.map(({ path, text }) => ({ path, before: onDisk(path), after: text ?? "" }));
}
