import { finish } from "../after/finish.ts";
import { commit, recover, wasCutOff } from "../engine/journal.ts";
import type { Lock } from "../engine/lock.ts";
import type { OnConflict } from "../engine/reconcile.ts";
import { takingTurns } from "../engine/turn.ts";
import { checkPlan } from "../plan/check.ts";
import { formatterOf } from "../plan/formatter.ts";
import { makePlan, type Plan } from "../plan/plan.ts";
import { checkRoutes } from "../plan/taken-routes.ts";
import { checkRouter } from "../plan/upgrade.ts";
import type { Project } from "../project/project.ts";
import { Refusal } from "../project/refusal.ts";
import { type Call, EXIT, type Exit } from "./command.ts";
import { planData, showPlan } from "./show.ts";

export interface Change {
  project: Project;
  from: Lock;
  to: Lock;
  /** The command again, with every answer in it. */
  repeat: string;
}

/** The one way in which anything is changed: plan, show, ask once, write all or nothing, then install and verify. */
export function change(call: Call, what: Change): Promise<Exit> {
  return takingTurns(what.project.root, async () => {
    const { console, flags } = call;
    if (wasCutOff(what.project.root)) {
      const files = recover(what.project.root);
      console.note(`An earlier run was cut off. Its ${files} files are as they were before it.`);
    }
    if (what.to.features.length > 0) checkRouter(what.project, flags["no-upgrade"] === true);
    checkRoutes(what.project, what.from, what.to);
    const plan = await settledPlan(call, what);
    checkPlan(plan, what.project, flags["allow-dirty"] === true);
    const unchanged = plan.writes.length === 0;
    if (unchanged || flags["dry-run"]) return report(call, plan, what);
    showPlan(console, plan);
    if (!(await agreed(call))) return EXIT.refused;
    commit(what.project.root, plan.writes);
    return finish(call, plan, what);
  });
}

function report(call: Call, plan: Plan, { project }: Change): Exit {
  if (plan.writes.length === 0) call.console.print("Nothing to do: everything is as it should be.");
  showPlan(call.console, plan);
  call.console.answer({ ...planData(plan), root: project.root, written: false });
  return EXIT.done;
}

/** A plan in which no file is in the way of another; asks about those that are, or refuses. */
async function settledPlan(call: Call, what: Change): Promise<Plan> {
  const { flags, console } = call;
  const format = formatterOf(what.project, console.note);
  const request = { ...what, format, restore: flags.restore === true, only: flags.only ?? null };
  const policy = (flags["on-conflict"] ?? null) as OnConflict | null;
  if (policy !== null && !["keep", "overwrite", "new"].includes(policy)) {
    throw new Refusal({
      code: "ANSWER_MISSING",
      message: `--on-conflict=${policy} means nothing.`,
      cure: "Say keep, overwrite or new.",
      exit: 2,
    });
  }
  const plan = await makePlan({ ...request, onConflict: policy });
  const inTheWay = plan.steps.filter(({ outcome }) => outcome === "exists");
  if (inTheWay.length === 0 || flags["dry-run"]) return plan;
  const paths = inTheWay.map(({ path }) => path).join(", ");
  if (!console.interactive) {
    throw new Refusal({
      code: "FILES_IN_THE_WAY",
      message: `These files are there already, and not by auth-rr: ${paths}.`,
      cure: "Say --on-conflict=keep, =overwrite, or =new to write ours beside them.",
      exit: 2,
    });
  }
  const answer = await console.choose(`These files are there already: ${paths}`, [
    { value: "keep", label: "Keep mine" },
    { value: "new", label: "Write yours beside them, as *.new" },
    { value: "overwrite", label: "Overwrite mine" },
  ]);
  return makePlan({ ...request, onConflict: answer as OnConflict });
}

async function agreed({ flags, console }: Call): Promise<boolean> {
  // Without a terminal nobody can be asked, and the command itself is the answer.
  if (flags.yes || !console.interactive) return true;
  return console.confirm("Write this?");
}
