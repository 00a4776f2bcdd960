import { join } from "node:path";
import { firstIn, foldersUp, isFolder, namesIn, posixPath, scriptNames, textAt } from "./disk.ts";
import { isRecord, readManifest } from "./manifest.ts";

/** The root of the monorepo this folder is a package of, or is itself; null outside of any. */
export function workspaceRootOf(folder: string): string | null {
  return foldersUp(folder).find((root) => isMember(root, posixPath(root, folder))) ?? null;
}

/** The React Router apps of a monorepo, as paths from its root: only one level of folders is looked at. */
export function appsIn(root: string): string[] {
  const globs = globsOf(root) ?? [];
  const folders = globs
    .filter((glob) => !glob.startsWith("!"))
    .flatMap((glob) => foldersOf(root, glob));
  return [...new Set(folders)].filter((folder) => isApp(join(root, folder))).sort();
}

/** Whether React Router builds this folder. */
export function isApp(folder: string): boolean {
  const installs = readManifest(folder)?.dependencies["@react-router/dev"] !== undefined;
  return installs || firstIn(folder, scriptNames("react-router.config")) !== null;
}

/** Whether there is something to build: the root of a monorepo may install React Router for its packages only. */
export function isBuiltHere(folder: string): boolean {
  return firstIn(folder, [...scriptNames("react-router.config"), "app"]) !== null;
}

function isMember(root: string, path: string): boolean {
  const globs = globsOf(root);
  if (!globs || path === "") return globs !== null;
  const says = globs.findLast((glob) => expressionOf(glob.replace(/^!/, "")).test(path));
  return says !== undefined && !says.startsWith("!");
}

/** Null if nothing makes this folder the root of a monorepo. */
function globsOf(root: string): string[] | null {
  const yaml = textAt(root, "pnpm-workspace.yaml");
  const ofPnpm = yaml === null ? null : packagesIn(yaml);
  if (ofPnpm) return ofPnpm;
  const text = textAt(root, "package.json");
  if (!text?.includes('"workspaces"')) return null;
  const { workspaces } = readManifest(root)?.all ?? {};
  const globs = isRecord(workspaces) ? workspaces.packages : workspaces;
  return Array.isArray(globs) ? globs.filter((glob) => typeof glob === "string") : null;
}

/** The list under `packages:`; a settings file without one makes no monorepo. */
function packagesIn(yaml: string): string[] | null {
  const inline = /^packages:[\t ]*\[([^\]]*)\]/m.exec(yaml)?.[1];
  const lines =
    /^packages:[\t ]*(?:#.*)?\r?\n((?:[\t ]*-.*(?:\r?\n|$)|[\t ]*(?:#.*)?\r?\n)+)/m.exec(yaml)?.[1];
  const items = inline?.split(",") ?? lines?.match(/^[\t ]*-.*/gm);
  if (!items) return null;
  return items.map((item) =>
    item
      .replace(/^\s*-/, "")
      .replace(/\s#.*$/, "")
      .replace(/["']/g, "")
      .trim(),
  );
}

function foldersOf(root: string, glob: string): string[] {
  const [base = "", ...others] = glob.replace(/^\.\//, "").split("/*");
  if (others.length === 0) return isFolder(root, base) ? [base.replace(/\/$/, "")] : [];
  return namesIn(join(root, base))
    .filter((name) => name !== "node_modules")
    .map((name) => `${base}/${name}`)
    .filter((folder) => isFolder(root, folder));
}

function expressionOf(glob: string): RegExp {
  const parts = glob
    .replace(/^\.\//, "")
    .replace(/\/$/, "")
    .split(/(\*\*|\*)/);
  const source = parts.map((part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^/]*" : part.replace(/[$()+.?[\]^{|}\\]/g, "\\$&");
  });
  return new RegExp(`^${source.join("")}$`);
}
