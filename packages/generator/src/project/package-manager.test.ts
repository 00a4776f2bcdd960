import { describe, expect, it } from "vitest";
import { appFolder, reactRouter8 } from "../../test/app-folder.ts";
import { detectProject } from "./project.ts";

const choiceIn = (files: Record<string, string | object>, cwd = "") =>
  detectProject(`${appFolder({ "package.json": reactRouter8, ...files })}/${cwd}`);

describe("the package manager", () => {
  it.each([
    ["pnpm", { "pnpm-lock.yaml": "" }],
    ["npm", { "package-lock.json": "{}" }],
    ["yarn", { "yarn.lock": "" }],
    ["bun", { "bun.lock": "" }],
    ["bun", { "bun.lockb": "" }],
    ["npm", {}],
    ["yarn", { "package.json": { ...reactRouter8, packageManager: "yarn@4.10.0+sha512.abc" } }],
    [
      "pnpm",
      { "package.json": { ...reactRouter8, devEngines: { packageManager: { name: "pnpm" } } } },
    ],
  ])("is %s: %o", (packageManager, files) => {
    expect(choiceIn(files)).toMatchObject({ packageManager });
  });

  it("is what package.json names, and the lockfile that disagrees is reported", () => {
    const files = {
      "package.json": { ...reactRouter8, packageManager: "pnpm@12.0.0" },
      "package-lock.json": "{}",
    };
    expect(choiceIn(files)).toMatchObject({
      packageManager: "pnpm",
      packageManagerSources: ["pnpm: package.json", "npm: package-lock.json"],
    });
  });

  it("reports two lockfiles", () => {
    expect(choiceIn({ "yarn.lock": "", "package-lock.json": "{}" }).packageManagerSources).toEqual([
      "yarn: yarn.lock",
      "npm: package-lock.json",
    ]);
  });

  it("is the monorepo's, where the app has none of its own", () => {
    const files = {
      "package.json": { workspaces: { packages: ["./apps/*", "!apps/old"] } },
      "yarn.lock": "",
      "apps/web/package.json": reactRouter8,
      "apps/old/package.json": reactRouter8,
      "other/package.json": reactRouter8,
    };
    expect(choiceIn(files, "apps/web")).toMatchObject({
      packageManager: "yarn",
      workspaceRoot: expect.stringMatching(/auth-rr-app-[^/]+$/),
    });
    for (const outside of ["apps/old", "other"]) {
      expect(choiceIn(files, outside)).toMatchObject({
        packageManager: "npm",
        workspaceRoot: null,
      });
    }
  });

  it("takes a pnpm-workspace.yaml without packages for mere settings", () => {
    const files = { "pnpm-workspace.yaml": "allowBuilds:\n  esbuild: true\n" };
    expect(choiceIn(files).workspaceRoot).toBeNull();
  });
});
