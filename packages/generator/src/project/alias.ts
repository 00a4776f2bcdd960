import { resolve } from "node:path";
import { isThere, posixPath } from "./disk.ts";
import { isRecord, type Manifest } from "./manifest.ts";
import { type TsConfig, tsConfigsOf } from "./tsconfig.ts";

/** A prefix of imports and the folder it stands for: `{ prefix: "~/", target: "app/" }`; "" is the root. */
export interface Alias {
  prefix: string;
  target: string;
}

/** How files of the app import each other. */
export interface ImportStyle {
  /** Null where relative imports are the only way. */
  alias: Alias | null;
  importExtensions: boolean;
  /** How a relative import spells a TypeScript file, where it needs an extension. */
  scriptExtension: "ts" | "js";
}

interface App {
  root: string;
  appDirectory: string;
  manifest: Manifest;
  viteFollows: { tsconfig: boolean; jsconfig: boolean };
}

/** Reads the configurations of TypeScript and the `imports` of package.json; the closest alias to the app's folder wins. */
export function importStyleOf({ root, appDirectory, manifest, viteFollows }: App): ImportStyle {
  const name = isThere(root, "tsconfig.json") ? "tsconfig" : "jsconfig";
  const configs = tsConfigsOf(root, name, appDirectory);
  const fromPaths = viteFollows[name] ? configs.flatMap((config) => aliasesIn(root, config)) : [];
  const aliases = [...fromPaths, ...aliasesOf(manifest)];
  const fitting = aliases.filter(({ target }) => `${appDirectory}/`.startsWith(target));
  const longest = Math.max(...fitting.map(({ target }) => target.length));
  return {
    alias: fitting.find(({ target }) => target.length === longest) ?? null,
    ...extensionsOf(configs[0]?.options ?? {}),
  };
}

function extensionsOf(options: Record<string, unknown>): Omit<ImportStyle, "alias"> {
  const resolution = String(options.moduleResolution ?? options.module ?? "");
  const spellsTypeScript =
    options.allowImportingTsExtensions === true || options.rewriteRelativeImportExtensions === true;
  return {
    importExtensions: spellsTypeScript || /^node(\d+|next)$/i.test(resolution),
    scriptExtension: spellsTypeScript ? "ts" : "js",
  };
}

function aliasesIn(root: string, { options, pathsFrom }: TsConfig): Alias[] {
  const paths = isRecord(options.paths) ? options.paths : {};
  return Object.entries(paths).flatMap(([pattern, targets]) => {
    const target = Array.isArray(targets) ? targets[0] : null;
    const folder = typeof target === "string" ? target.replace(/^\$\{configDir\}/, root) : "";
    return aliasOf(pattern, folder, (path) => posixPath(root, resolve(pathsFrom, path)));
  });
}

/** Subpath imports, which start with "#" and need no help of Vite's or TypeScript's. */
function aliasesOf({ all }: Manifest): Alias[] {
  const imports = isRecord(all.imports) ? all.imports : {};
  return Object.entries(imports).flatMap(([pattern, value]) => {
    const target = isRecord(value) ? (value.import ?? value.default) : value;
    return typeof target === "string"
      ? aliasOf(pattern, target, (path) => posixPath(".", path))
      : [];
  });
}

function aliasOf(pattern: string, target: string, toRoot: (path: string) => string): Alias[] {
  // Without the slash the star would also stand for the end of a folder's name.
  if (!/[^*]\/\*$/.test(pattern) || !/(^|\/)\*$/.test(target)) return [];
  const folder = toRoot(target.slice(0, -1) || ".");
  if (folder.startsWith("..")) return [];
  return [{ prefix: pattern.slice(0, -1), target: folder === "" ? "" : `${folder}/` }];
}
