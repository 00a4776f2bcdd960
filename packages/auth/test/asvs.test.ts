import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const tool = fileURLToPath(new URL("../../../tools/asvs.mjs", import.meta.url));

it("R190 the page of what is checked says what the tests' names say: if not, `node tools/asvs.mjs`", () => {
  const { status, stderr } = spawnSync(process.execPath, [tool, "--check"], { encoding: "utf8" });
  expect([stderr, status]).toEqual(["", 0]);
});
