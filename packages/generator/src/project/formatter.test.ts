import { expect, it } from "vitest";
import { appFolder, reactRouter8 } from "../../test/app-folder.ts";
import { detectProject } from "./project.ts";

it.each([
  ["biome", { "biome.json": "{}" }],
  ["biome", { ".biome.jsonc": "{}", ".prettierrc": "" }],
  ["prettier", { ".prettierrc": "" }],
  ["prettier", { "prettier.config.mjs": "" }],
  ["prettier", { "package.json": { ...reactRouter8, prettier: {} } }],
  ["biome", { "package.json": { ...reactRouter8, scripts: { fmt: "biome format --write" } } }],
  ["prettier", { "package.json": { ...reactRouter8, scripts: { fmt: "prettier -w ." } } }],
  [
    "prettier",
    {
      "package.json": {
        ...reactRouter8,
        devDependencies: { "@react-router/dev": "8", prettier: "3" },
      },
    },
  ],
  [null, {}],
])("the formatter is %s: %o", (formatter, files) => {
  const root = appFolder({ "package.json": reactRouter8, ...files });
  expect(detectProject(root).formatter).toBe(formatter);
});

it("the formatter may be the monorepo's", () => {
  const root = appFolder({
    "package.json": { workspaces: ["web"] },
    "biome.json": "{}",
    "web/package.json": reactRouter8,
  });
  expect(detectProject(`${root}/web`).formatter).toBe("biome");
});
