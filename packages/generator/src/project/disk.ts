import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** Extensions React Router looks for, in its order. */
export const SCRIPT_EXTENSIONS = [".js", ".jsx", ".ts", ".tsx", ".mjs", ".mts"];

/** The text of a file; null if there is none to read. */
export function textAt(...path: string[]): string | null {
  try {
    return readFileSync(join(...path), "utf8");
  } catch {
    return null;
  }
}

/** Whether something is there under this name. */
export function isThere(...path: string[]): boolean {
  return statSync(join(...path), { throwIfNoEntry: false }) !== undefined;
}

/** Whether it is a folder. */
export function isFolder(...path: string[]): boolean {
  return statSync(join(...path), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The names in a folder, sorted; none if it is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The first of these names that is in the folder. */
export function firstIn(folder: string, names: string[]): string | null {
  return names.find((name) => isThere(folder, name)) ?? null;
}

/** `name` with each of the extensions React Router looks for. */
export function scriptNames(name: string): string[] {
  return SCRIPT_EXTENSIONS.map((extension) => name + extension);
}

/** A folder and those above it, up to `last` or the top of the disk. */
export function foldersUp(from: string, last?: string | null): string[] {
  const above = dirname(from);
  return from === last || above === from ? [from] : [from, ...foldersUp(above, last)];
}

/** The posix path from one folder to something below it. */
export function posixPath(from: string, to: string): string {
  return relative(from, to).split(sep).join("/");
}
