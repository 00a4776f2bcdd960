import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Change } from "../commands/change.ts";
import { type Call, EXIT, type Exit } from "../commands/command.ts";
import { planData } from "../commands/show.ts";
import type { Plan } from "../plan/plan.ts";
import { version } from "../render/template.ts";
import { install, installCommand } from "./install.ts";
import { generateMigration, MIGRATION_COMMAND } from "./migration.ts";
import { verify } from "./verify.ts";

/** After the files are written: install, make the migration, look whether every route is there, and say what to do next. */
export async function finish(
  call: Call,
  plan: Plan,
  { project, repeat, to }: Change,
): Promise<Exit> {
  const { console, flags } = call;
  const problems: string[] = [];
  const left: string[] = [];
  const needsInstall = plan.edited.some(({ path }) => path === "package.json");
  const schema = plan.steps.some(
    ({ path, outcome }) => path.endsWith("auth/schema.ts") && changed(outcome),
  );

  if (needsInstall && flags["no-install"]) left.push(installCommand(project));
  if (needsInstall && !flags["no-install"]) {
    const failure = await console.during(`Installing with ${project.packageManager}`, () =>
      install(project),
    );
    if (failure) problems.push(`${installCommand(project)} failed:\n${failure}`);
  }
  const ready = existsSync(join(project.root, "node_modules/drizzle-orm"));
  if (schema && (problems.length > 0 || flags["no-install"] || !ready)) {
    left.push(MIGRATION_COMMAND);
  } else if (schema) {
    const failure = await console.during("Making the migration", () => generateMigration(project));
    if (failure) problems.push(`${MIGRATION_COMMAND} failed:\n${failure}`);
  }
  if (problems.length === 0 && !flags["no-install"] && to.features.length > 0) {
    problems.push(...(await console.during("Looking at the routes", () => verify(project, to))));
  }
  say(call, plan, { problems, left, repeat, first: to.options.prefix });
  console.answer({ ...planData(plan), root: project.root, written: true, problems, left });
  if (problems.length > 0) return EXIT.failed;
  return plan.steps.some(({ outcome }) => outcome === "conflict") ? EXIT.conflicts : EXIT.done;
}

function changed(outcome: string): boolean {
  return ["create", "update", "merge", "conflict"].includes(outcome);
}

interface Ending {
  problems: string[];
  left: string[];
  repeat: string;
  first: string;
}

function say({ console }: Call, plan: Plan, { problems, left, repeat, first }: Ending): void {
  for (const problem of problems) console.note(`\n! ${problem}`);
  const steps = [
    ...plan.manual.map(({ path }) => `Paste what is shown above into ${path}`),
    ...left,
    ...(plan.lock.features.length > 0 ? [`npm run dev, then open ${first}/register`] : []),
  ];
  console.print(`\nDone. What is left to you (${plan.manual.length} to paste):`);
  for (const [index, step] of steps.entries()) console.print(`  ${index + 1}. ${step}`);
  if (plan.lock.features.length > 0) {
    console.print("\nLook first at app/auth/auth.server.ts, then at app/routes/auth/login.tsx.");
  }
  console.print("To undo it: git checkout -- . && git clean -fd, or npx auth-rr remove.");
  console.print(`To repeat it without questions: npx auth-rr@${version} ${repeat} --yes`);
}
