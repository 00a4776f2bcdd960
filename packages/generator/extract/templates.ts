// Writes templates.json: the texts of the fixture, and the versions a generated app gets. Run by `pnpm run build`.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { features, joints } from "../src/features/catalog.ts";
import { extract } from "./extract.ts";

const workspace = fileURLToPath(new URL("../../..", import.meta.url));
const text = (path: string) => readFileSync(`${workspace}/${path}`, "utf8");

const templates = extract(features, joints, { read: (path) => text(`fixtures/rr-app/${path}`) });
const { version } = JSON.parse(text("packages/generator/package.json"));
const names = features.flatMap((feature) => [...feature.dependencies, ...feature.devDependencies]);
const ranges = Object.fromEntries([...new Set(names)].map((name) => [name, rangeOf(name)]));
const output = new URL("../templates.json", import.meta.url);
writeFileSync(output, `${JSON.stringify({ version, ranges, templates }, null, 1)}\n`);
console.log(`templates.json: ${Object.keys(templates).length} files`);

function rangeOf(name: string): string {
  if (name.startsWith("@auth-rr/")) {
    const manifest = text(`packages/${name.slice("@auth-rr/".length)}/package.json`);
    return `^${JSON.parse(manifest).version}`;
  }
  const pinned = text("pnpm-workspace.yaml").match(new RegExp(`^  "?${name}"?: (.*)$`, "m"))?.[1];
  if (!pinned) throw new Error(`${name} is in no catalog.`);
  return `^${pinned}`;
}
