#!/usr/bin/env node
// `node tools/compat.mjs [row …]` runs tests with other versions of what an app may bring. A row is what differs from
// the workspace, joined by "+": at most one of each axis below, as in "react-router-7+node-22+postgres-js". Without
// rows those of .ci/run; --all is every row there is. Needs a built workspace, Linux and the npm registry.
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
  database: { "node-postgres": true, "postgres-js": true },
  // Otherwise the tests of the app in fixtures/rr-app.
  suite: { library: libraryTests, races: postgresTests },
};

// The longest first, so that the short ones fill up the end.
const DEFAULT_ROWS = [
  ...["react-router-7+library", "drizzle-1.0+library", "react-router-7+node-22", "node-26"],
];

/** What is pure, hashes, speaks SMTP or looks at the workspace itself, no other version could break. */
const UNTOUCHED = [
  ...[
    "src/crypto/**",
    "src/http/**",
    "src/features/passwords/**",
    "src/features/outbox/smtp.test.ts",
  ],
  "test/{docs,asvs,architecture,source,audit-append-only,fuzz,spellings,busy,mail-flood,new-passwords}.test.ts",
];

/** One row hardly ever keeps two cores busy. */
const AT_ONCE = 2;

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "auth-rr-compat-"));
const children = new Set();
process.once("exit", leave);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

const started = performance.now();
const rows = rowsFrom(process.argv.slice(2)).map(parsed);
const workspaces = onDemand((packages) => {
  const versions = AXES.packages[packages];
  return makeWorkspace({ root, folder: join(folder, packages), versions, run });
});
const nodes = onDemand(fetchNode);
const results = new Map();
const waiting = [...rows];
await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
report();

/** Rows one after the other. */
async function takeTurns() {
  for (let row = waiting.shift(); row; row = waiting.shift()) await check(row);
}

function report() {
  console.log(`\nWhat else an app may bring, in ${secondsSince(started)} s:\n`);
  const bad = rows.filter(({ name }) => !results.get(name).isGood);
  for (const { name } of rows) {
    const { isGood, seconds } = results.get(name);
    console.log(`  ${isGood ? "ok    " : "FAILED"} ${seconds.padStart(4)} s  ${name}`);
  }
  process.exit(bad.length === 0 ? 0 : 1);
}

function leave() {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

function rowsFrom(names) {
  if (names.length === 0) return DEFAULT_ROWS;
  if (names[0] !== "--all") return names;
  const axis = (name) => Object.keys(AXES[name]);
  const packages = ["", ...axis("packages")];
  const apps = packages.flatMap((one) =>
    axis("node").flatMap((node) => ["", ...axis("database")].map((base) => [one, node, base])),
  );
  const suites = packages.flatMap((one) => axis("suite").map((suite) => [one, suite]));
  return [...suites, ...apps].map((parts) => parts.filter(Boolean).join("+"));
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

/** Prints what the row said when it has ended. */
async function check(row) {
  const began = performance.now();
  const tests = row.suite ? AXES.suite[row.suite] : appTests;
  const [isGood, said] = await tests(row).then(
    (output) => [true, output],
    (error) => [false, error.message],
  );
  console.log(`\n== ${row.name}\n${said}`);
  results.set(row.name, { isGood, seconds: secondsSince(began) });
}

async function libraryTests({ packages, node }) {
  const [{ library, bin }, program] = await prepared(packages, node);
  const said = await run(library, program, [bin("typescript/bin/tsc"), "-p", "."]);
  const excluded = UNTOUCHED.flatMap((files) => ["--exclude", files]);
  return said + (await run(library, program, [bin("vitest/vitest.mjs"), "run", ...excluded]));
}

async function postgresTests({ packages, node }) {
  const [{ library, bin }, program] = await prepared(packages, node);
  const config = ["--config", "vitest.postgres.config.ts"];
  return run(library, program, [bin("vitest/vitest.mjs"), "run", ...config]);
}

async function appTests({ packages, node, database }) {
  const [{ library, appWith, bin }, program] = await prepared(packages, node);
  const app = await appWith(database === "postgres-js" ? database : "node-postgres");
  const vitest = [bin("vitest/vitest.mjs"), "run"];
  if (!database) return run(app, program, vitest);
  const server = await startPostgres(library);
  return run(app, program, vitest, { TEST_DATABASE_URL: server.url }).finally(server.close);
}

function prepared(packages = "locked", node = "") {
  return Promise.all([workspaces(packages), nodes(node)]);
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
async function fetchNode(name) {
  const major = AXES.node[name] ?? process.versions.node.split(".")[0];
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const packageName = `node-linux-${process.arch}`;
  const home = join(folder, name);
  const quietly = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"];
  await run(folder, "npm", ["install", "--prefix", home, ...quietly, `${packageName}@${major}`]);
  return join(home, "node_modules", packageName, "bin/node");
}

/** Made when it is asked for, and once. */
function onDemand(make) {
  const made = new Map();
  return (name) => {
    if (!made.has(name)) made.set(name, make(name));
    return made.get(name);
  };
}

/** What the command said; rejects with that when it failed. */
async function run(cwd, command, args, env = {}) {
  const child = spawn(command, args, {
    ...{ cwd, env: { ...process.env, ...env } },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
  }
  const [code] = await once(child, "close");
  children.delete(child);
  if (code === 0) return said;
  throw new Error(`${said}\n${command} ${args.slice(0, 2).join(" ")} failed.`);
}

function secondsSince(began) {
  return ((performance.now() - began) / 1000).toFixed(0);
}
