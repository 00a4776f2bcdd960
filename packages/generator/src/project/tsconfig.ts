import { dirname, isAbsolute, join, resolve } from "node:path";
import { literal, readJson } from "../edits/json.ts";
import { foldersUp, isFolder, textAt } from "./disk.ts";
import { isRecord } from "./manifest.ts";

/** A tsconfig.json or jsconfig.json with everything it extends. */
export interface TsConfig {
  file: string;
  include: string[] | null;
  options: Record<string, unknown>;
  /** The folder the paths are relative to. */
  pathsFrom: string;
  references: string[];
}

/** The configurations of an app, the one that speaks for the app's folder first; none in an app without. */
export function tsConfigsOf(
  root: string,
  name: "tsconfig" | "jsconfig",
  appDirectory: string,
): TsConfig[] {
  const own = readConfig(join(root, `${name}.json`));
  if (!own) return [];
  const others = own.references
    .map((path) => readConfig(fileAt(path)))
    .filter((one) => one !== null);
  const all = [own, ...others];
  const speaker =
    all.find(({ include }) => include?.some((glob) => covers(glob, appDirectory))) ?? own;
  return [speaker, ...all.filter((one) => one !== speaker)];
}

/** `seen` breaks circles. */
function readConfig(file: string, seen: string[] = []): TsConfig | null {
  const text = seen.includes(file) ? null : textAt(file);
  const json = text === null ? null : literal(readJson(text)?.root);
  if (!isRecord(json)) return null;
  const folder = dirname(file);
  const bases = [json.extends]
    .flat()
    .filter((one) => typeof one === "string")
    .map((one) => readConfig(extended(folder, one), [...seen, file]));
  const options = isRecord(json.compilerOptions) ? json.compilerOptions : {};
  const base = bases.reduce<TsConfig | null>(
    (below, one) => (one ? merged(below, one) : below),
    null,
  );
  const own = {
    file,
    include: textsIn(json.include),
    options,
    pathsFrom: typeof options.baseUrl === "string" ? join(folder, options.baseUrl) : folder,
    references: [json.references]
      .flat()
      .flatMap((one) =>
        isRecord(one) && typeof one.path === "string" ? [resolve(folder, one.path)] : [],
      ),
  };
  return merged(base, own);
}

function merged(base: TsConfig | null, own: TsConfig): TsConfig {
  if (!base) return own;
  return {
    ...own,
    include: own.include ?? base.include,
    options: { ...base.options, ...own.options },
    pathsFrom: own.options.paths || own.options.baseUrl ? own.pathsFrom : base.pathsFrom,
  };
}

function extended(folder: string, specifier: string): string {
  const isPath = /^\.{1,2}(\/|$)/.test(specifier) || isAbsolute(specifier);
  if (isPath) return fileAt(resolve(folder, specifier));
  const found = foldersUp(folder)
    .map((one) => join(one, "node_modules", specifier))
    .flatMap((path) => [path, `${path}.json`, join(path, "tsconfig.json")]);
  return found.find((path) => !isFolder(path) && textAt(path) !== null) ?? join(folder, specifier);
}

function fileAt(path: string): string {
  if (isFolder(path)) return join(path, "tsconfig.json");
  return path.endsWith(".json") ? path : `${path}.json`;
}

/** Whether a glob of `include` reaches into the app's folder. */
function covers(glob: string, appDirectory: string): boolean {
  const start = glob.replace(/^\.\//, "").split("*")[0]!.replace(/\/$/, "");
  return start === "" || `${appDirectory}/`.startsWith(`${start}/`);
}

function textsIn(value: unknown): string[] | null {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : null;
}
