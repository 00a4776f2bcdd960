import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runToEnd } from "./child.ts";

const FIXTURE = fileURLToPath(new URL("../../fixtures/rr-app", import.meta.url));
const COPY = fileURLToPath(new URL("../build", import.meta.url));

const SOURCES = [
  ...["app", "public", "drizzle", "package.json", "tsconfig.json"],
  ...["react-router.config.ts", "vite.config.ts"],
];

/** The production build of the fixture, beside its demo build and not in its place; says in which folder it runs. */
export async function buildApp(): Promise<string> {
  rmSync(COPY, { recursive: true, force: true });
  mkdirSync(COPY);
  for (const name of SOURCES) cpSync(join(FIXTURE, name), join(COPY, name), { recursive: true });
  symlinkSync(join(FIXTURE, "node_modules"), join(COPY, "node_modules"));
  keepHouseOutOfBundle(join(COPY, "vite.config.ts"));
  const env = { ...process.env, NODE_ENV: "production" };
  await runToEnd(process.execPath, [programOf("dev", "bin.cjs"), "build"], { cwd: COPY, env });
  return COPY;
}

/** In files of its own, so that a preload can put something else in the place of one. */
function keepHouseOutOfBundle(file: string): void {
  const config = readFileSync(file, "utf8");
  const changed = config.replace(/noExternal: \[.*?\]/, 'external: ["@auth-rr/auth"]');
  if (changed === config) throw new Error("noExternal is not where it was in vite.config.ts.");
  writeFileSync(file, changed);
}

/** A program of one of React Router's packages. */
export function programOf(name: "dev" | "serve", path: string): string {
  return join(FIXTURE, "node_modules/@react-router", name, path);
}
