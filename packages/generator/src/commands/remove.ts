import { dependantsOf } from "../features/catalog.ts";
import { Refusal } from "../project/refusal.ts";
import { version } from "../render/template.ts";
import { type Change, change } from "./change.ts";
import type { Call, Command } from "./command.ts";
import { knownFeatures } from "./names.ts";
import { open } from "./open.ts";

export const remove: Command = {
  summary: "take features out again; what you edited stays, and so do tables",
  usage: "remove <feature…> [--cascade]",
  async run(call) {
    return change(call, removing(call));
  },
};

function removing(call: Call): Change {
  const { project, lock } = open(call);
  const ids = knownFeatures(call.words);
  const missing = ids.filter((id) => !lock.features.includes(id));
  if (ids.length === 0 || missing.length > 0) {
    const what = ids.length === 0 ? "No feature was named" : `${missing.join(", ")} is not here`;
    const here = lock.features.join(", ") || "none";
    throw new Refusal({
      code: "FEATURE_NOT_HERE",
      message: `${what}.`,
      cure: `Here are: ${here}.`,
      exit: 2,
    });
  }
  const gone = withDependants(ids, lock.features);
  if (gone.length > ids.length && !call.flags.cascade) {
    const others = gone.filter((id) => !ids.includes(id)).join(", ");
    throw new Refusal({
      code: "FEATURE_NEEDED",
      message: `${others} needs ${ids.join(", ")}.`,
      cure: "Remove it as well, or say --cascade.",
      exit: 2,
    });
  }
  const features = lock.features.filter((id) => !gone.includes(id));
  const to = { ...lock, generator: version, features };
  return { project, from: lock, to, repeat: `remove ${ids.join(" ")}` };
}

function withDependants(ids: readonly string[], among: readonly string[]): string[] {
  const more = dependantsOf(ids, among);
  return more.length === 0 ? [...ids] : withDependants([...ids, ...more], among);
}
