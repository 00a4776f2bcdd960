import { firstIn, foldersUp, isThere } from "./disk.ts";
import { isRecord, readManifest } from "./manifest.ts";

export type PackageManager = "npm" | "pnpm" | "yarn" | "bun";

const LOCKFILES: Record<string, PackageManager> = {
  "pnpm-lock.yaml": "pnpm",
  "bun.lock": "bun",
  "bun.lockb": "bun",
  "yarn.lock": "yarn",
  "package-lock.json": "npm",
  "npm-shrinkwrap.json": "npm",
};

interface Choice {
  packageManager: PackageManager;
  /** Each as "pnpm: pnpm-lock.yaml", the one that decided first; more than one manager in it is an ambiguity. */
  packageManagerSources: string[];
}

/** What package.json names, else what the nearest lockfile belongs to, else npm. */
export function packageManagerOf(root: string, workspaceRoot: string | null): Choice {
  const folders = foldersUp(root, workspaceRoot ?? root);
  const named = folders.flatMap(namedIn);
  const nearest = folders.find((folder) => firstIn(folder, Object.keys(LOCKFILES)) !== null);
  const locked = Object.entries(LOCKFILES).filter(([file]) => nearest && isThere(nearest, file));
  const packageManager = named[0] ?? locked[0]?.[1] ?? "npm";
  const sources = [
    ...named.map((manager) => `${manager}: package.json`),
    ...locked.map(([file, manager]) => `${manager}: ${file}`),
  ];
  return { packageManager, packageManagerSources: [...new Set(sources)] };
}

function namedIn(folder: string): PackageManager[] {
  const { packageManager, devEngines } = readManifest(folder)?.all ?? {};
  const engine =
    isRecord(devEngines) && isRecord(devEngines.packageManager)
      ? devEngines.packageManager.name
      : null;
  return [packageManager, engine]
    .map((value) => /^(npm|pnpm|yarn|bun)(?=@|$)/.exec(String(value))?.[1])
    .filter((name): name is PackageManager => name !== undefined);
}
