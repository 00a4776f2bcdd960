import { describe, expect, it } from "vitest";
import { appFolder, reactRouter8 } from "../../test/app-folder.ts";
import { detectProject } from "./project.ts";

const vite = "export default { resolve: { tsconfigPaths: true } };";
const styleOf = (files: Record<string, string | object>) =>
  detectProject(appFolder({ "package.json": reactRouter8, "vite.config.ts": vite, ...files }));
const withPaths = (paths: object, others: object = {}) => ({
  compilerOptions: { paths, ...others },
});

describe("the alias", () => {
  it.each([
    ["the usual one", { "~/*": ["./app/*"] }, { prefix: "~/", target: "app/" }],
    ["one of the whole root", { "@/*": ["./*"] }, { prefix: "@/", target: "" }],
    [
      "the closest of several",
      { "@/*": ["./*"], "#app/*": ["./app/*"], "~/ui/*": ["./app/ui/*"] },
      { prefix: "#app/", target: "app/" },
    ],
    ["none to another folder", { "@lib/*": ["./lib/*"], "@up/*": ["../*"] }, null],
    ["none without a star", { "~": ["./app"], "*": ["./app/*"] }, null],
    ["none without paths", {}, null],
  ])("is %s", (_, paths, alias) => {
    expect(styleOf({ "tsconfig.json": withPaths(paths) }).alias).toEqual(alias);
  });

  it("is found where tsconfig.json extends another, comments and all", () => {
    const base = `{\n  // Shared.\n  "compilerOptions": { "baseUrl": "..", "paths": { "~/*": ["app/*"], }, },\n}`;
    const files = { "tsconfig.json": { extends: "./config/base" }, "config/base.json": base };
    expect(styleOf(files).alias).toEqual({ prefix: "~/", target: "app/" });
  });

  it("is found where tsconfig.json extends a package or a list", () => {
    const files = {
      "tsconfig.json": { extends: ["@acme/tsconfig/strict", "./paths.json", "./missing.json"] },
      "node_modules/@acme/tsconfig/strict.json": {
        compilerOptions: { moduleResolution: "nodenext" },
      },
      "paths.json": withPaths({ "~/*": ["$" + "{configDir}/app/*"] }),
    };
    expect(styleOf(files)).toMatchObject({
      alias: { prefix: "~/", target: "app/" },
      importExtensions: true,
    });
  });

  it("is found in a reference, and circles end", () => {
    const files = {
      "tsconfig.json": {
        files: [],
        references: [{ path: "./tsconfig.node.json" }, { path: "./web" }],
      },
      "tsconfig.node.json": { extends: "./tsconfig.json", include: ["vite.config.ts"] },
      "web/tsconfig.json": {
        extends: "../loop.json",
        include: ["../app"],
        ...withPaths({ "~/*": ["../app/*"] }),
      },
      "loop.json": { extends: "./loop.json" },
    };
    expect(styleOf(files).alias).toEqual({ prefix: "~/", target: "app/" });
  });

  it("is none where Vite would not follow it", () => {
    const tsconfig = withPaths({ "~/*": ["./app/*"] });
    expect(
      styleOf({ "vite.config.ts": "export default {};", "tsconfig.json": tsconfig }).alias,
    ).toBeNull();
    expect(styleOf({ "jsconfig.json": tsconfig }).alias).toBeNull();
    const plugin = 'import tsconfigPaths from "vite-tsconfig-paths";';
    expect(styleOf({ "vite.config.ts": plugin, "jsconfig.json": tsconfig }).alias).toEqual({
      prefix: "~/",
      target: "app/",
    });
  });

  it("is found in the imports of package.json", () => {
    const imports = { "#app/*": "./app/*", "#tests/*": "./tests/*" };
    const files = {
      "package.json": { ...reactRouter8, imports },
      "vite.config.ts": "export default {};",
    };
    expect(styleOf(files).alias).toEqual({ prefix: "#app/", target: "app/" });
    const conditional = { "#/*": { types: "./app/*", default: "./app/*" } };
    expect(styleOf({ "package.json": { ...reactRouter8, imports: conditional } }).alias).toEqual({
      prefix: "#/",
      target: "app/",
    });
  });
});

describe("relative imports", () => {
  it.each([
    [{ moduleResolution: "bundler" }, false, "js"],
    [{ moduleResolution: "NodeNext" }, true, "js"],
    [{ module: "node16" }, true, "js"],
    [
      { module: "ESNext", moduleResolution: "bundler", allowImportingTsExtensions: true },
      true,
      "ts",
    ],
    [{ module: "nodenext", rewriteRelativeImportExtensions: true }, true, "ts"],
  ])(
    "get the extension the app wants: %o",
    (compilerOptions, importExtensions, scriptExtension) => {
      const project = styleOf({ "tsconfig.json": { compilerOptions } });
      expect(project).toMatchObject({ importExtensions, scriptExtension });
    },
  );
});
