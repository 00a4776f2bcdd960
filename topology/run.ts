import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildApp } from "./stack/build.ts";
import { startChild } from "./stack/child.ts";
import { requireServers } from "./stack/requirements.ts";

// `node topology/run.ts`: all files, in lanes that run side by side, each on a stack of its own. Faults are mostly
// waited for, and the races take what time of the processors the other lanes leave.

interface Lane {
  files: string[];
  nice: number;
}

const LANES: Lane[] = [
  { files: ["races", "password-races", "account-races"], nice: 19 },
  { files: ["app-network"], nice: 0 },
  { files: ["nodes-count", "nodes-agree", "database-faults", "database-network"], nice: 0 },
  { files: ["mail-faults", "node-faults", "replica"], nice: 0 },
];

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const VITEST = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));

const started = performance.now();
requireEveryFile();
requireServers();
const env = { ...process.env, TOPOLOGY_APP: await buildApp() };
const held = await Promise.all(LANES.map(runLane));
console.log(`${LANES.length} lanes took ${secondsSince(started)} s.`);
process.exitCode = held.every(Boolean) ? 0 : 1;

/** A file in no lane would hold nobody to anything. */
function requireEveryFile(): void {
  const there = globSync("*.topology.ts", { cwd: FOLDER }).sort();
  const run = LANES.flatMap(({ files }) => files.map((name) => `${name}.topology.ts`)).sort();
  if (there.join() === run.join()) return;
  throw new Error(`The lanes of topology/run.ts run ${run}, but there are ${there}.`);
}

/** Prints what the lane said when it has ended; says whether all of it held. */
async function runLane({ files, nice }: Lane): Promise<boolean> {
  const began = performance.now();
  const filters = files.map((name) => `${FOLDER}${name}.topology.ts`);
  const vitest = [process.execPath, VITEST, "run", "--root", FOLDER, ...filters];
  const child = startChild("nice", ["-n", String(nice), ...vitest], { cwd: FOLDER, env });
  const [code] = await child.ended;
  const { stdout, stderr } = child.said;
  console.log(`\n== ${files.join(", ")} (${secondsSince(began)} s)\n${stdout}${stderr}`);
  return code === 0;
}

function secondsSince(began: number): string {
  return ((performance.now() - began) / 1000).toFixed(0);
}
