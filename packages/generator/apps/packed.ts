import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    packed: Packed;
  }
}

/** What npm would publish, and the generator once more as its next version would be. */
export interface Packed {
  auth: string;
  "auth-ui": string;
  generator: string;
  next: string;
}

export default function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), "auth-rr-packed-"));
  const [auth = "", ui = "", generator = ""] = ["auth", "auth-ui", "generator"].map((name) =>
    pack(join(import.meta.dirname, "../..", name), folder),
  );
  project.provide("packed", {
    auth,
    "auth-ui": ui,
    generator,
    next: nextVersion(generator, folder),
  });
  return () => rmSync(folder, { recursive: true });
}

function pack(source: string, destination: string): string {
  const args = ["pack", "--json", "--pack-destination", destination];
  const { filename } = JSON.parse(execFileSync("pnpm", args, { cwd: source, encoding: "utf8" }));
  return filename.startsWith("/") ? filename : join(destination, filename);
}

/** The same package with other words in its templates, as a later release would have. */
function nextVersion(tarball: string, folder: string): string {
  execFileSync("tar", ["--extract", "--file", tarball, "--directory", folder]);
  const source = join(folder, "package");
  const scripts = readdirSync(join(source, "dist")).map((name) => `dist/${name}`);
  for (const file of ["package.json", ...scripts]) {
    const path = join(source, file);
    const text = readFileSync(path, "utf8")
      .replaceAll(/(version"?: )"0\.1\.0"/g, '$1"0.2.0"')
      .replaceAll("Keep me signed in on this device", "Remember me on this device")
      .replaceAll("We sent you a message with a link", "We have sent you a message with a link")
      .replaceAll(
        "Each colour has a light and a dark one",
        "Each colour is there for light and for dark",
      );
    writeFileSync(path, text);
  }
  const args = ["pack", "--json", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(execFileSync("npm", args, { cwd: source, encoding: "utf8" }));
  return join(folder, filename);
}
