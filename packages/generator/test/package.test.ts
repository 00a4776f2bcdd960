import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

it("the package is small: 3 MB unpacked, and at most five packages come with it", () => {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const packed = execFileSync("npm", args, { cwd: root, encoding: "utf8" });
  const [{ unpackedSize, files }] = JSON.parse(packed);
  expect(files.map(({ path }: { path: string }) => path)).toContain("dist/cli.js");
  expect(unpackedSize).toBeLessThanOrEqual(3_000_000);
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(Object.keys(dependencies).length).toBeLessThanOrEqual(5);
});
