import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, lstatSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { hasMarkers } from "../engine/merge.ts";
import type { Project } from "../project/project.ts";
import { Refusal } from "../project/refusal.ts";
import type { Plan } from "./plan.ts";

/** Refuses a plan that could not be carried out, or not be undone with git. */
export function checkPlan(plan: Plan, project: Project, allowDirty: boolean): void {
  const paths = plan.writes.map(({ path }) => path);
  for (const path of paths) checkPlace(project.root, path);
  checkMarkers(project.root, Object.keys(plan.lock.files));
  if (project.git && !allowDirty) checkClean(project.root, paths);
}

/** Nothing outside the app is written, whatever links lead there. */
export function checkPlace(root: string, path: string): void {
  const target = join(root, path);
  let folder = dirname(target);
  while (!existsSync(folder)) folder = dirname(folder);
  const real = relative(realpathSync(root), realpathSync(folder));
  if (real.startsWith("..") || path.startsWith("..") || path.includes("\0")) {
    throw new Refusal({
      code: "OUTSIDE",
      message: `${path} leads out of the app.`,
      cure: "Put a real folder in place of the link.",
    });
  }
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (there && !there.isFile()) {
    const what = there.isDirectory() ? "a folder" : "no ordinary file";
    throw new Refusal({
      code: "NO_FILE",
      message: `${path} is ${what}, and a file has to go there.`,
      cure: "Move it away.",
    });
  }
  try {
    accessSync(there ? target : folder, constants.W_OK);
  } catch {
    throw new Refusal({
      code: "NOT_WRITABLE",
      message: `${path} cannot be written.`,
      cure: "Give yourself the right to write it.",
    });
  }
}

function checkMarkers(root: string, paths: string[]): void {
  const open = paths.filter((path) => {
    const file = join(root, path);
    return existsSync(file) && hasMarkers(readFileSync(file, "utf8"));
  });
  if (open.length === 0) return;
  throw new Refusal({
    code: "MERGE_UNFINISHED",
    message: `An earlier merge is not finished in ${open.join(", ")}.`,
    cure: "Choose between the two sides there and take the markers out.",
  });
}

/** What is committed can be had back; what is not could be lost among our changes. */
function checkClean(root: string, paths: string[]): void {
  const dirty = paths.filter((path) => existsSync(join(root, path)) && isDirty(root, path));
  if (dirty.length === 0) return;
  throw new Refusal({
    code: "UNCOMMITTED",
    message: `These files have changes that are not committed: ${dirty.join(", ")}.`,
    cure: "Commit or stash them first, or say --allow-dirty.",
  });
}

function isDirty(root: string, path: string): boolean {
  try {
    const args = ["status", "--porcelain", "--ignored=no", "--", path];
    return (
      execFileSync("git", args, {
        cwd: root,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }) !== ""
    );
  } catch {
    return false;
  }
}
