import { foldersUp, isThere, namesIn } from "./disk.ts";
import { readManifest } from "./manifest.ts";

export type Formatter = "biome" | "prettier";

const CONFIGS: Record<Formatter, RegExp> = {
  biome: /^\.?biome\.jsonc?$/,
  prettier: /^(\.prettierrc(\..+)?|prettier\.config\.[cm]?[jt]s)$/,
};

/** By a config file, else by what package.json installs or runs; the closest folder decides, up to the monorepo's root. */
export function formatterOf(root: string, workspaceRoot: string | null): Formatter | null {
  for (const folder of foldersUp(root, workspaceRoot ?? root)) {
    const names = namesIn(folder);
    const manifest = readManifest(folder);
    const found =
      (Object.keys(CONFIGS) as Formatter[]).find((one) =>
        names.some((name) => CONFIGS[one].test(name)),
      ) ??
      (manifest?.all.prettier ? "prettier" : null) ??
      installedIn(manifest);
    if (found) return found;
  }
  return null;
}

function installedIn(manifest: ReturnType<typeof readManifest>): Formatter | null {
  if (!manifest) return null;
  const scripts = Object.values(manifest.scripts).join("\n");
  if (manifest.dependencies["@biomejs/biome"] || /\bbiome (check|format)\b/.test(scripts))
    return "biome";
  return manifest.dependencies.prettier || /\bprettier\b/.test(scripts) ? "prettier" : null;
}

/** Whether the folder is in a git repository. */
export function isInGit(root: string): boolean {
  return foldersUp(root).some((folder) => isThere(folder, ".git"));
}
