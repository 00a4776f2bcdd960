import { describe, expect, it } from "vitest";
import { appFolder, reactRouter8 } from "../../test/app-folder.ts";
import { detectProject } from "./project.ts";

describe("the version of React Router", () => {
  it.each([
    ["7.16.0", 7, true],
    ["^7.18.0", 7, true],
    ["^7.18.2", 7, false],
    [">= 8.0.0", 8, false],
    ["npm:@fork/react-router@8.1.0", 8, false],
    ["latest", null, false],
    ["workspace:*", null, false],
  ])("is read from %s", (declared, major, behind) => {
    const text = { ...reactRouter8, dependencies: { "react-router": declared } };
    const { reactRouter } = detectProject(appFolder({ "package.json": text }));
    expect(reactRouter).toEqual({ declared, installed: null, major, behind });
  });

  it("is the installed one where there is one, hoisted or not", () => {
    const root = appFolder({
      "package.json": { workspaces: ["web"] },
      "web/package.json": { ...reactRouter8, dependencies: { "react-router": "^7.0.0" } },
      "node_modules/react-router/package.json": { version: "7.18.4" },
    });
    expect(detectProject(`${root}/web`).reactRouter).toEqual({
      declared: "^7.0.0",
      installed: "7.18.4",
      major: 7,
      behind: false,
    });
  });

  it.each([
    ["^7.1.0", "7.18.1", true],
    ["^7.18.4", "7.16.0", false],
    ["7.x", "7.18.2", false],
  ])("%s with %s installed is too old: %s", (declared, version, behind) => {
    const root = appFolder({
      "package.json": { ...reactRouter8, dependencies: { "react-router": declared } },
      "node_modules/react-router/package.json": { version },
    });
    expect(detectProject(root).reactRouter.behind).toBe(behind);
  });

  it("is looked up in a catalog", () => {
    const text = { ...reactRouter8, dependencies: { "react-router": "catalog:" } };
    const root = appFolder({
      "package.json": {},
      "pnpm-workspace.yaml": 'packages: ["web"]\ncatalog:\n  "react-router": ^7.18.0\n',
      "web/package.json": text,
    });
    expect(detectProject(`${root}/web`).reactRouter).toMatchObject({
      declared: "catalog:",
      major: 7,
    });
  });
});
