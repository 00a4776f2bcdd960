#!/usr/bin/env node
// Runs the library's own suite against other versions of what an app may bring: `node tools/compat.mjs [name …]`.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSIONS = {
  "drizzle-1.0": { "drizzle-orm": "1.0.0-rc.5", "drizzle-kit": "1.0.0-rc.5" },
  "react-router-7": { "react-router": "7.18.4", "@react-router/dev": "7.18.4" },
};

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "packages/auth");
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(VERSIONS);

for (const name of names) {
  if (!VERSIONS[name]) fail(`unknown: ${name}; there are ${Object.keys(VERSIONS).join(", ")}`);
  check(name, VERSIONS[name]);
}

function check(name, versions) {
  console.log(
    `\n== ${name}: ${Object.entries(versions)
      .map((pair) => pair.join("@"))
      .join(", ")}`,
  );
  const folder = mkdtempSync(join(tmpdir(), "auth-rr-compat-"));
  try {
    for (const part of ["src", "test", "vitest.config.ts"]) {
      cpSync(join(source, part), join(folder, part), { recursive: true });
    }
    cpSync(join(root, "tsconfig.base.json"), join(folder, "tsconfig.base.json"));
    write(folder, "tsconfig.json", { extends: "./tsconfig.base.json", include: ["src", "test"] });
    write(folder, "package.json", {
      private: true,
      type: "module",
      dependencies: dependencies(versions),
    });
    run(folder, "npm", [
      "install",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      "--ignore-scripts",
      "--legacy-peer-deps",
    ]);
    run(folder, "node_modules/.bin/tsc", ["-p", "."]);
    // What is pure, and what looks at the workspace itself, no other version could break; other majors spell data URLs otherwise.
    const untouched = [
      "src/crypto/**",
      "src/http/**",
      "src/features/passwords/**",
      "test/{docs,asvs,architecture,source,fuzz,spellings}.test.ts",
    ];
    run(folder, "node_modules/.bin/vitest", [
      "run",
      ...untouched.flatMap((files) => ["--exclude", files]),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The library's dependencies at the workspace's versions, but for those under test. */
function dependencies(versions) {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(source, "package.json"), "utf8"),
  );
  const all = {
    ...dependencies,
    ...devDependencies,
    vitest: "catalog:",
    vite: "catalog:",
    typescript: "catalog:",
    "@types/node": "catalog:",
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, range]) => [
      name,
      versions[name] ?? (range === "catalog:" ? cataloged(name) : range),
    ]),
  );
}

function cataloged(name) {
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const escaped = name.replace(/[/.]/g, "\\$&");
  return (
    workspace.match(new RegExp(`^  "?${escaped}"?: (.+)$`, "m"))?.[1] ??
    fail(`${name} is not in the catalog`)
  );
}

function write(folder, name, content) {
  writeFileSync(join(folder, name), JSON.stringify(content));
}

function run(cwd, command, args) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (error || status !== 0) fail(`${command} ${args[0]} failed`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
