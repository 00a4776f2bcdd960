import { resolve } from "node:path";
import { type Lock, readLock } from "../engine/lock.ts";
import { detectProject, type Project } from "../project/project.ts";
import { Refusal } from "../project/refusal.ts";
import { fixtureOptions } from "../render/options.ts";
import { version } from "../render/template.ts";
import type { Call } from "./command.ts";

const MANAGERS = ["npm", "pnpm", "yarn", "bun"] as const;

/** The app in this folder, and what was generated in it so far. */
export function open({ cwd, flags }: Pick<Call, "cwd" | "flags">): {
  project: Project;
  lock: Lock;
} {
  const project = detectProject(resolve(cwd, flags.cwd ?? "."));
  const packageManager = managerIn(flags["package-manager"]) ?? project.packageManager;
  return {
    project: { ...project, packageManager },
    lock: readLock(project.root, version) ?? empty(),
  };
}

function managerIn(name: string | undefined): Project["packageManager"] | undefined {
  const known = MANAGERS.find((manager) => manager === name);
  if (name === undefined || known) return known;
  throw new Refusal({
    code: "PACKAGE_MANAGER_UNKNOWN",
    message: `There is no package manager ${name} here.`,
    cure: `Say ${MANAGERS.join(", ")}.`,
    exit: 2,
  });
}

function empty(): Lock {
  return {
    lockfileVersion: 1,
    generator: version,
    features: [],
    options: fixtureOptions,
    files: {},
    edits: {},
  };
}
