#!/usr/bin/env node
// `node tools/lockcheck.mjs` says which optional platform packages pnpm-lock.yaml lacks: a registry that did not carry
// one when the lock was written leaves a hole, and a frozen install on that platform comes out without it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** darwin-arm64, darwin-x64, linux-x64, linux-arm64 and win32-x64, as the names of such packages spell them. */
const PLATFORM = /(darwin|linux)-(x64|arm64)|win(32|dows)?-x64|^fsevents$/;

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const locked = lockedPackages(readFileSync("pnpm-lock.yaml", "utf8"));
const families = installedManifests().filter(({ name, version, optionalDependencies }) => {
  return optionalDependencies && locked.has(`${name}@${version}`);
});
const wanted = families.flatMap(({ name, optionalDependencies }) =>
  Object.entries(optionalDependencies)
    .filter(([dependency]) => PLATFORM.test(dependency))
    .map(([dependency, range]) => ({ parent: name, dependency, range })),
);
const missing = wanted.filter((one) => !isLocked(one));

for (const { parent, dependency, range } of missing) {
  console.error(
    `pnpm-lock.yaml lacks ${dependency}@${range}, which ${parent} needs on that platform.`,
  );
}
if (wanted.length === 0) console.error("No platform packages found. Run `pnpm install` first.");
if (missing.length > 0 || wanted.length === 0) process.exit(1);
console.log(`pnpm-lock.yaml has all ${wanted.length} platform packages of its packages.`);

/** The `name@version` of every entry under `packages:`. */
function lockedPackages(text) {
  const section = text.slice(text.indexOf("\npackages:\n"), text.indexOf("\nsnapshots:\n"));
  return new Set([...section.matchAll(/^ {2}'?([^\s'].*?)'?:$/gm)].map(([, key]) => key));
}

/** The lock forgets what a package asked for in vain, so the question goes to the packages themselves. */
function installedManifests() {
  const store = "node_modules/.pnpm";
  const folders = readdirSync(store).map((entry) => join(store, entry, "node_modules"));
  const manifests = folders
    .filter(existsSync)
    .flatMap(ownPackages)
    .map((folder) => join(folder, "package.json"));
  return manifests.filter(existsSync).map((file) => JSON.parse(readFileSync(file, "utf8")));
}

/** In pnpm's store a package is a folder, and what it depends on are links beside it. */
function ownPackages(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      name.startsWith("@") ? ownPackages(join(folder, name)) : join(folder, name),
    );
}

function isLocked({ dependency, range }) {
  if (/^\d/.test(range)) return locked.has(`${dependency}@${range}`);
  return [...locked].some((key) => key.startsWith(`${dependency}@`));
}
