import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { recordTable, today } from "./record.ts";
import { median, quantile } from "./statistics.ts";
import { type Row, tableOf } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    /** Writes the table into docs/performance.md. */
    record: { type: "boolean", default: false },
  },
});

const path = (relative: string) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const CLI = path("packages/generator/bin/auth-rr.js");
const ADD = ["add", "login", "--yes", "--no-install"];

/** Everything with a fresh process, as people run it; the first of each only warms the disk's cache. */
const folder = mkdtempSync(join(tmpdir(), "auth-rr-bench-"));
try {
  const rows = measured(Number(options.rounds));
  const note = `${today()}, Node.js ${process.versions.node}, the built command line in a git repository with the default template.`;
  console.log(`\n${note}\n\n${tableOf(rows)}\n`);
  if (options.record) recordTable(tableOf(rows), note, "bench generator");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function measured(rounds: number): Row[] {
  const ready = freshApp("ready");
  cli(ready, ...ADD);
  git(ready, "add", "--all");
  git(ready, "commit", "--quiet", "--message", "With login");
  linkPackages(ready);
  const before = stateOf(ready);
  const times = {
    help: repeat(rounds, () => cli(ready, "--help")),
    init: repeat(rounds, (round) => {
      const app = freshApp(`init-${round}`);
      return cli(app, "init", "--yes", "--no-install");
    }),
    add: repeat(rounds, (round) => cli(freshApp(`add-${round}`), ...ADD)),
    again: repeat(rounds, () => cli(ready, ...ADD)),
    doctor: repeat(Math.ceil(rounds / 3), () => cli(ready, "doctor")),
  };
  const touched = changes(before, stateOf(ready));
  return [
    row("`--help`", times.help, 300),
    row("`init`, without installing", times.init, 1_500),
    row("`add login`, without installing", times.add, 1_000),
    row("the same again, with nothing to do", times.again, 400),
    {
      ...{ goal: "–", what: "… files whose bytes or times that changes", asked: { atMost: 0 } },
      ...{ measured: { median: touched, best: touched }, unit: "files" },
    },
    row("`doctor`, React Router's list of routes included", times.doctor, 3_000),
  ];
}

function row(what: string, times: number[], atMost: number): Row {
  const measured = { median: median(times), best: quantile(times, 0.25) };
  return { goal: "–", what, asked: { atMost }, measured, unit: "ms" };
}

function repeat(rounds: number, once: (round: number) => number): number[] {
  return Array.from({ length: rounds + 1 }, (_, round) => once(round)).slice(1);
}

/** Milliseconds from start to exit; fails where the command does. */
function cli(cwd: string, ...args: string[]): number {
  const started = performance.now();
  execFileSync(process.execPath, [CLI, ...args], { cwd, stdio: "pipe", env: env() });
  return performance.now() - started;
}

function env(): NodeJS.ProcessEnv {
  return { ...process.env, CI: "1", NODE_ENV: "development" };
}

function freshApp(name: string): string {
  const root = join(folder, name);
  cpSync(path("fixtures/hosts/default"), root, { recursive: true });
  git(root, "init", "--quiet");
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--message", "As it comes");
  return root;
}

/** The example app has everything that a default app with login installs. */
function linkPackages(root: string): void {
  const installed = path("fixtures/rr-app/node_modules");
  mkdirSync(join(root, "node_modules"), { recursive: true });
  for (const name of readdirSync(installed)) {
    symlinkSync(join(installed, name), join(root, "node_modules", name));
  }
}

function git(cwd: string, ...args: string[]): void {
  const who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
  execFileSync("git", [...who, ...args], { cwd, stdio: "pipe" });
}

type State = Map<string, string>;

function stateOf(root: string): State {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const own = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    own
      .filter((file) => !/\/(\.git|node_modules|\.react-router)\//.test(file))
      .map((file) => [file, `${statSync(file).mtimeMs} ${readFileSync(file, "utf8")}`]),
  );
}

function changes(before: State, after: State): number {
  const files = new Set([...before.keys(), ...after.keys()]);
  return [...files].filter((file) => before.get(file) !== after.get(file)).length;
}
