import type { Project } from "../project/project.ts";
import { run } from "./process.ts";

/** What the user would type; never with a flag that hides a conflict of versions. */
export function installCommand({ packageManager }: Project): string {
  return `${packageManager} install`;
}

/** Null if it went well. */
export function install({ root, packageManager }: Project): Promise<string | null> {
  // On CI pnpm and yarn would refuse to write the lock file, and the new packages are not in it yet.
  const unfrozen: Record<string, string[]> = {
    pnpm: ["--no-frozen-lockfile"],
    yarn: [],
    npm: ["--no-audit", "--no-fund"],
    bun: [],
  };
  const args = ["install", ...(unfrozen[packageManager] ?? [])];
  return run(root, packageManager, args, { YARN_ENABLE_IMMUTABLE_INSTALLS: "false" });
}
