import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { featureOf, features, withRequired } from "../src/features/catalog.ts";
import type { Feature } from "../src/features/feature.ts";
import { fixtureOptions } from "../src/render/options.ts";
import { render } from "../src/render/render.ts";
import { appAt } from "./support/app.ts";

const workspace = join(import.meta.dirname, "../../..");
const fixture = join(workspace, "fixtures/rr-app");
const all = features.map(({ id }) => id);

/** Files of the fixture that the generator changes, and what they look like before. */
const PLAIN: Record<string, [from: string, to: string][]> = {
  "app/routes.ts": [
    ['import { authRoutes } from "./auth/routes";\n', ""],
    ["  ...authRoutes,\n", ""],
  ],
  "app/root.tsx": [["[auth.securityHeaders, auth.middleware]", "[auth.securityHeaders]"]],
  "react-router.config.ts": [
    ['import { authPreset } from "@auth-rr/auth/preset";\n', ""],
    ["  presets: [authPreset()],\n", ""],
  ],
};

describe("the fixture", () => {
  it("is what the templates say, byte for byte", () => {
    for (const [path, { text }] of render(all, fixtureOptions)) {
      expect([path, text]).toEqual([path, readFileSync(join(fixture, path), "utf8")]);
    }
  });

  it("comes out of a plain app and every feature, byte for byte", async () => {
    const app = plainFixture();
    const { exit, data } = await app.run("add", ...all, "--app-name=auth-rr demo", "--no-install");
    expect([exit, data.manual]).toEqual([0, []]);
    const paths = [...render(all, fixtureOptions).keys(), ...Object.keys(PLAIN), ".env.example"];
    for (const path of paths) {
      expect([path, app.read(path)]).toEqual([path, readFileSync(join(fixture, path), "utf8")]);
    }
  });
});

describe("what is generated", () => {
  const login = [...render(["login"], fixtureOptions)];

  it("is small enough to be read: login in 43 files and 2,900 lines, none longer than 200", () => {
    const lines = login.map(([, { text }]) => text.split("\n").length - 1);
    expect(login.length).toBeLessThanOrEqual(43);
    expect(Math.max(...lines)).toBeLessThanOrEqual(200);
    expect(lines.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(2_900);
  });

  it.each([
    ["magic-links", 4, 250],
    ["mfa", 12, 900],
    ["passkeys", 8, 600],
  ])("is small enough beside it: %s in %i files and %i lines", (id, mostFiles, mostLines) => {
    const { requires } = featureOf(id) as Feature;
    const without = [...render(withRequired(requires), fixtureOptions)];
    const files = [...render(withRequired([id]), fixtureOptions)];
    const linesOf = (rendered: typeof files) =>
      rendered.reduce((sum, [, { text }]) => sum + text.split("\n").length - 1, 0);
    expect(files.length - without.length).toBeLessThanOrEqual(mostFiles);
    expect(linesOf(files) - linesOf(without)).toBeLessThanOrEqual(mostLines);
  });

  it.each(features.map(({ id }) => [withRequired([id]).join(" and ")]))(
    "is formatted and lints with %s alone",
    (names) => {
      const ids = names.split(" and ");
      const root = mkdtempSync(join(tmpdir(), "auth-rr-formatted-"));
      onTestFinished(() => rmSync(root, { recursive: true }));
      for (const [path, { text }] of render(ids, fixtureOptions)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
      cpSync(join(workspace, "biome.json"), join(root, "biome.json"));
      execFileSync(
        join(workspace, "node_modules/.bin/biome"),
        ["check", "--vcs-enabled=false", "."],
        {
          cwd: root,
          stdio: "pipe",
        },
      );
    },
  );

  it("bears no trace of the tool that wrote it", () => {
    for (const [path, { text }] of login) {
      expect([path, /@if|@endif|auth-rr:|TODO|FIXME/.exec(text)]).toEqual([path, null]);
    }
  });
});

/** The fixture as it would be without auth. */
function plainFixture() {
  const root = mkdtempSync(join(tmpdir(), "auth-rr-plain-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  cpSync(fixture, root, {
    recursive: true,
    filter: (path) =>
      !/node_modules|\/(build|\.react-router|\.data|test-results|e2e|\.env.*)$/.test(path),
  });
  for (const path of render(all, fixtureOptions).keys()) rmSync(join(root, path));
  const app = appAt(root);
  for (const [path, changes] of Object.entries(PLAIN)) {
    for (const [from, to] of changes) app.edit(path, from, to);
  }
  return app;
}
