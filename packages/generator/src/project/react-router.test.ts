import { describe, expect, it } from "vitest";
import { appFolder, reactRouter8 } from "../../test/app-folder.ts";
import { detectProject } from "./project.ts";

describe("the version of React Router", () => {
  it.each([
    ["7.16.0", 7],
    ["^7.18.0", 7],
    [">= 8.0.0", 8],
    ["npm:@fork/react-router@8.1.0", 8],
    ["latest", null],
    ["workspace:*", null],
  ])("is read from %s", (declared, major) => {
    const text = { ...reactRouter8, dependencies: { "react-router": declared } };
    const { reactRouter } = detectProject(appFolder({ "package.json": text }));
    expect(reactRouter).toEqual({ declared, installed: null, major });
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
    });
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
