import { describe, expect, it } from "vitest";
import { appFolder, reactRouter8 } from "../../test/app-folder.ts";
import { detectProject } from "./project.ts";

const app = (files: Record<string, string | object>) =>
  detectProject(appFolder({ "package.json": reactRouter8, ...files }));
const config = (schema: string) =>
  `import { defineConfig } from "drizzle-kit";\nthrow new Error("run");\nexport default defineConfig({ dialect: "postgresql", schema: ${schema} });`;
const table = (name: string, exportName = name) =>
  `import { pgTable, text } from "drizzle-orm/pg-core";\nexport const ${exportName} = pgTable("${name}", { id: text() });\n`;

describe("drizzle's configuration", () => {
  it.each([
    ['"./db/schema.ts"', "./db/schema.ts"],
    ['["./a.ts", "./b.ts"]', ["./a.ts", "./b.ts"]],
    ["`./db/*.ts`", "./db/*.ts"],
    ["join(folder, 'schema.ts')", null],
  ])("is read without running it: %s", (written, schema) => {
    expect(app({ "drizzle.config.ts": config(written) }).drizzle).toEqual({
      configFile: "drizzle.config.ts",
      schema,
      out: "drizzle",
      dialect: "postgresql",
    });
  });

  it("may be JSON, of another dialect, or absent", () => {
    const json = { dialect: "sqlite", schema: "./s.ts", out: "./migrations" };
    expect(app({ "drizzle.config.json": json }).drizzle).toMatchObject(json);
    expect(app({}).drizzle).toBeNull();
  });
});

describe("the app's own tables", () => {
  it.each([
    ["a file", "./db/schema.ts", ["users"]],
    ["a file without its extension's folder", "db/schema.ts", ["users"]],
    ["a folder", "./db", ["notes", "users"]],
    ["a glob", "./db/*.ts", ["notes", "users"]],
    ["a glob of names", "./db/{notes,tags}.ts", ["notes"]],
    ["a glob one folder deep", "./**/schema.ts", ["users"]],
    ["a glob of folders", "./*/notes.ts", ["notes"]],
    ["a missing file", "./nothing.ts", []],
  ])("are found in %s", (_, schema, tables) => {
    const project = app({
      "drizzle.config.ts": config(JSON.stringify(schema)),
      "db/notes.ts": table("notes"),
      "db/schema.ts": table("users"),
      "db/readme.md": "# Tables",
    });
    expect(project.tables).toEqual(tables);
  });

  it("are found through re-exports, circles included", () => {
    const project = app({
      "drizzle.config.ts": config('"./db/index.ts"'),
      "db/index.ts":
        'export * from "./people.js";\nexport { notes } from "./notes";\nexport * from "pkg";\n',
      "db/people.ts": `export * from "./index.ts";\n${table("users", "people")}`,
      "db/notes/index.ts": table("notes"),
    });
    expect(project.tables).toEqual(["users", "notes"]);
    expect(project.users).toEqual({ file: "db/people.ts", exportName: "people" });
  });

  it("are found however they are made", () => {
    const schema = `import { pgTable as table, pgTableCreator, pgSchema } from "drizzle-orm/pg-core";
import * as pg from "drizzle-orm/pg-core";
const prefixed = pgTableCreator((name) => \`app_\${name}\`);
const added = pgTableCreator((name) => "x_" + name);
export const a = table("a", {});
export const b = pg.pgTable("b", {});
export const c = table.withRLS("c", {});
export const d = table("d", {}).enableRLS();
export const users = prefixed("users", {});
export const e = added("e", {});
export const f = pgSchema("auth").table("users", {});
export const g = table(name(), {});
// pgTable("commented", {})
`;
    const project = app({ "drizzle.config.ts": config('"./s.ts"'), "s.ts": schema });
    expect(project.tables).toEqual(["a", "b", "c", "d", "app_users", "x_e"]);
    expect(project.users).toBeNull();
  });

  it("are none of what auth-rr wrote", () => {
    const project = app({
      "drizzle.config.ts": config('["./a.ts", "./broken.ts"]'),
      "a.ts": `import { sessionsTable } from "@auth-rr/auth/schema";\n${table("users")}`,
      "broken.ts": "export const = pgTable(",
    });
    expect(project.tables).toEqual([]);
    expect(project.users).toBeNull();
  });
});
