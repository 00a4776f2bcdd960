import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Project } from "../project/project.ts";

export type Format = (path: string, text: string) => Promise<string>;

/** Writes as the app's own formatter would. Where it is missing or fails, the text stays as it is. */
export function formatterOf({ root, formatter }: Project, warn: (message: string) => void): Format {
  if (!formatter) return async (_path, text) => text;
  const run = formatter === "biome" ? biome(root) : prettier(root);
  return async (path, text) => {
    if (!/\.([cm]?[jt]sx?|css|json)$/.test(path)) return text;
    try {
      return await run(path, text);
    } catch {
      warn(`${formatter} could not format ${path}; it is written as it is.`);
      return text;
    }
  };
}

function biome(root: string): Format {
  const binary = join(root, "node_modules/.bin/biome");
  return (path, text) =>
    new Promise((resolve, reject) => {
      const done = (error: unknown, stdout: string) =>
        error || !stdout ? reject(error) : resolve(stdout);
      const child = execFile(binary, ["format", `--stdin-file-path=${path}`], { cwd: root }, done);
      child.stdin?.end(text);
    });
}

interface Prettier {
  resolveConfig(path: string): Promise<object | null>;
  format(text: string, options: object): Promise<string>;
}

function prettier(root: string): Format {
  let loaded: Promise<Prettier> | undefined;
  const load = () => {
    const main = createRequire(join(root, "package.json")).resolve("prettier");
    return import(pathToFileURL(main).href).then((module) => module.default ?? module);
  };
  return async (path, text) => {
    loaded ??= load();
    const { resolveConfig, format } = await loaded;
    const filepath = join(root, path);
    return format(text, { ...(await resolveConfig(filepath)), filepath });
  };
}
