import type { Console } from "../console/console.ts";
import type { Outcome, Step } from "../engine/reconcile.ts";
import type { Plan } from "../plan/plan.ts";

/** One sign and a few words for each thing that can become of a file. */
const WORDS: Record<Outcome, [string, string]> = {
  create: ["+", ""],
  update: ["~", "new version"],
  merge: ["~", "new version, merged with what you changed"],
  conflict: ["!", "you and the new version changed the same lines: choose there"],
  delete: ["-", ""],
  same: ["=", ""],
  yours: ["=", "as you changed it"],
  "stays-deleted": ["=", "stays deleted; --restore brings it back"],
  moved: ["=", "where you moved it"],
  exists: ["!", "there already, and not by auth-rr"],
  beside: ["+", "beside yours, for you to compare"],
  orphaned: ["=", "no longer needed, but you changed it: it is yours now"],
};

const SILENT: Outcome[] = ["same", "yours"];

/** The plan as people read it: every file that is touched, every insertion, every step that is left to them. */
export function showPlan(console: Console, plan: Plan): void {
  for (const step of plan.steps) if (!SILENT.includes(step.outcome)) console.print(lineOf(step));
  for (const { path, what, lines } of plan.edited) {
    console.print(`  ~ ${path}  (${what.join(", ")}: ${plural(lines, "line")})`);
  }
  for (const { path, why, paste } of plan.manual) {
    console.print(`\n  ! ${path}: ${why}\n\n${paste.replace(/^/gm, "      ")}\n`);
  }
}

/** The same for scripts. */
export function planData({ steps, edited, manual, writes }: Plan) {
  return {
    files: steps.map(({ path, outcome, target }) => ({ path, outcome, ...(target && { target }) })),
    edited,
    manual,
    changes: writes.length,
  };
}

function lineOf({ path, outcome, target, text }: Step): string {
  const [sign, words] = WORDS[outcome];
  const size = outcome === "create" && text ? plural(text.split("\n").length - 1, "line") : words;
  return `  ${sign} ${target ?? path}${size ? `  (${size})` : ""}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
