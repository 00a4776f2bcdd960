#!/usr/bin/env node
// `node tools/compat.mjs [row …]` runs tests with other versions of what an app may bring. A row is what differs from
// the workspace, joined by "+": at most one of each axis below, as in "react-router-7+node-22+postgres-js". Without
// rows those of .ci/run, with --all every combination for the app's tests. Needs a built workspace and Linux.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { makeWorkspace } from "./compat/workspace.mjs";

const AXES = {
  packages: {
    "react-router-7": {
      ...{ "react-router": "7.18.4", "@react-router/dev": "7.18.4" },
      ...{ "@react-router/node": "7.18.4", "@react-router/serve": "7.18.4" },
    },
    "drizzle-1.0": { "drizzle-orm": "1.0.0-rc.5", "drizzle-kit": "1.0.0-rc.5" },
  },
  node: { "node-22": "22", "node-24": "24", "node-26": "26" },
  // Otherwise PGlite.
  database: { "node-postgres": "postgres.server.ts", "postgres-js": "postgres-js.server.ts" },
  // Otherwise the tests of the app in fixtures/rr-app.
  suite: { library: libraryTests, races: postgresTests },
};

const DEFAULT_ROWS = [
  ...["react-router-7+library", "react-router-7", "drizzle-1.0+library", "drizzle-1.0"],
  ...["node-22", "node-26"],
];

/** What is pure, and what looks at the workspace itself, no other version could break. */
const UNTOUCHED = [
  ...["src/crypto/**", "src/http/**", "src/features/passwords/**"],
  "test/{docs,asvs,architecture,source,fuzz,spellings}.test.ts",
];

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "auth-rr-compat-"));
const made = new Map();
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const rows = rowsFrom(process.argv.slice(2)).map(parsed);
const results = [];
// What is fetched for one row is fetched while another is tested.
await Promise.all([...new Set(rows.map(({ packages }) => packages))].map(workspaceWith));
for (const row of rows) results.push(await check(row));
console.log("\nWhat else an app may bring:\n");
for (const { name, seconds, isGood } of results) {
  console.log(`  ${isGood ? "ok    " : "FAILED"} ${seconds.toFixed(0).padStart(4)} s  ${name}`);
}
process.exit(results.every(({ isGood }) => isGood) ? 0 : 1);

function rowsFrom(names) {
  if (names.length === 0) return DEFAULT_ROWS;
  if (names[0] !== "--all") return names;
  const optional = (axis) => ["", ...Object.keys(AXES[axis])];
  const rows = optional("packages").flatMap((packages) =>
    Object.keys(AXES.node).flatMap((node) =>
      optional("database").map((database) => [packages, node, database]),
    ),
  );
  const more = optional("packages").flatMap((packages) =>
    Object.keys(AXES.suite).map((suite) => [packages, suite]),
  );
  return [...rows, ...more].map((parts) => parts.filter(Boolean).join("+"));
}

function parsed(name) {
  const row = { name };
  for (const part of name.split("+")) {
    const axis = Object.keys(AXES).find((one) => part in AXES[one]);
    const known = Object.values(AXES).flatMap(Object.keys).join(", ");
    if (!axis || row[axis]) throw new Error(`"${part}" in "${name}" is not one of ${known}, once.`);
    row[axis] = part;
  }
  return row;
}

async function check(row) {
  const started = performance.now();
  console.log(`\n== ${row.name}`);
  const run = row.suite ? AXES.suite[row.suite] : appTests;
  const isGood = await run(await workspaceWith(row.packages), row).then(
    () => true,
    (error) => void console.error(error.message),
  );
  return { name: row.name, seconds: (performance.now() - started) / 1000, isGood: isGood === true };
}

/** One for each choice of packages. */
function workspaceWith(packages = "locked") {
  const versions = AXES.packages[packages];
  if (!made.has(packages)) {
    made.set(packages, makeWorkspace({ root, folder: join(folder, packages), versions, run }));
  }
  return made.get(packages);
}

async function libraryTests({ library, bin }, { node }) {
  const program = await programFor(node);
  await run(library, program, [bin("typescript/bin/tsc"), "-p", "."]);
  const excluded = UNTOUCHED.flatMap((files) => ["--exclude", files]);
  await run(library, program, [bin("vitest/vitest.mjs"), "run", ...excluded]);
}

async function postgresTests({ library, bin }, { node }) {
  const config = ["--config", "vitest.postgres.config.ts"];
  await run(library, await programFor(node), [bin("vitest/vitest.mjs"), "run", ...config]);
}

async function appTests({ library, appWith, bin }, { node, database }) {
  const [program, app] = [await programFor(node), await appWith(AXES.database[database])];
  const server = database && (await startPostgres(library));
  const env = server ? { TEST_DATABASE_URL: server.url } : {};
  await run(app, program, [bin("vitest/vitest.mjs"), "run"], env).finally(() => server?.close());
}

/** An empty PostgreSQL; ends with this process. */
async function startPostgres(library) {
  const script = join(library, "test/postgres-process.ts");
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const [url] = await once(createInterface(child.stdout), "line");
  return {
    url,
    async close() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

/** The binary of a Node.js of this major version, from the npm registry unless it is the one that runs this. */
async function programFor(name) {
  const major = AXES.node[name] ?? process.versions.node.split(".")[0];
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const packageName = `node-linux-${process.arch}`;
  const home = join(folder, name);
  const quietly = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"];
  await run(root, "npm", ["install", "--prefix", home, ...quietly, `${packageName}@${major}`]);
  return join(home, "node_modules", packageName, "bin/node");
}

async function run(cwd, command, args, env = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 2).join(" ")} failed.`);
}
