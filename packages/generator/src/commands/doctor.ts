import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { routesOf } from "../after/verify.ts";
import { ignored, mailer, origin, settings } from "../doctor/environment.ts";
import type { Check, Finding, Patient } from "../doctor/finding.ts";
import { mails } from "../doctor/mails.ts";
import { rebuiltLock } from "../doctor/rebuild.ts";
import { beside, deleted, markers } from "../doctor/tree.ts";
import { migrated, oneRouter, together } from "../doctor/versions.ts";
import { insertions, layouts, pathGuards, referrer, routes } from "../doctor/wiring.ts";
import { commit } from "../engine/journal.ts";
import { LOCK_FILE, lockText } from "../engine/lock.ts";
import { type Call, type Command, EXIT } from "./command.ts";
import { open } from "./open.ts";

const CHECKS: Check[] = [
  together,
  oneRouter,
  insertions,
  routes,
  layouts,
  pathGuards,
  referrer,
  settings,
  ignored,
  origin,
  mailer,
  mails,
  markers,
  beside,
  deleted,
  migrated,
];

export const doctor: Command = {
  summary: "look for what is wrong, and say what to do",
  usage: "doctor [--fix]",
  async run(call) {
    const { project, lock } = open(call);
    if (lock.features.length === 0) return withoutLock(call, project);
    const read = (path: string) => readText(join(project.root, path));
    const findings = await examine({ project, lock, read, routes: routesOf(project) });
    show(call, findings);
    return findings.some(({ level }) => level === "error") ? EXIT.unhealthy : EXIT.done;
  },
};

async function examine(patient: Patient): Promise<Finding[]> {
  return (await Promise.all(CHECKS.map((check) => check(patient)))).flat();
}

function show({ console }: Call, findings: Finding[]): void {
  for (const { level, message, cure } of findings) {
    console.print(
      `${level === "error" ? "!" : "i"} ${message}\n    ${cure.replaceAll("\n", "\n    ")}`,
    );
  }
  const errors = findings.filter(({ level }) => level === "error").length;
  console.print(errors === 0 ? "Healthy." : `${errors} to repair.`);
  console.answer({ healthy: errors === 0, findings });
}

/** Nothing is known of this app; from the files themselves it can be known again. */
function withoutLock(call: Call, project: Parameters<typeof rebuiltLock>[0]) {
  const lock = rebuiltLock(project);
  if (!lock) {
    call.console.print("Nothing of auth-rr is here. Begin with npx auth-rr add login.");
    call.console.answer({ healthy: true, findings: [] });
    return EXIT.done;
  }
  const count = Object.keys(lock.files).length;
  if (call.flags.fix) {
    commit(project.root, [{ path: LOCK_FILE, text: lockText(lock) }]);
    call.console.print(`${LOCK_FILE} is rebuilt from ${count} files.`);
    call.console.answer({ healthy: true, fixed: [LOCK_FILE] });
    return EXIT.done;
  }
  const cure = "Take it back from git, or rebuild it: npx auth-rr doctor --fix";
  const message = `${LOCK_FILE} is missing, but ${count} of its files are here.`;
  show(call, [{ id: "lock", level: "error", message, cure }]);
  return EXIT.unhealthy;
}

function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}
