import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import nodePlop, { type NodePlopAPI } from "node-plop";
import { describe, expect, it } from "vitest";
import { type App, hostApp } from "./support/app.ts";
import { treeOf } from "./support/tree.ts";

const PLOPFILE = `export default async function (plop) {
  await plop.load("auth-rr");
  plop.setGenerator("report", {
    description: "A report",
    prompts: [],
    actions: [
      { type: "auth-rr:file", path: "app/reports/{{name}}.ts", template: "export const title = '{{sentenceCase name}}';\\n" },
      { type: "auth-rr:file", path: "app/reports/index.ts", template: "export * from './{{name}}';\\n" },
      { type: "auth-rr:write" },
    ],
  });
}
`;

/** An app whose plopfile loads the built package as an installed one, by its name. */
async function withPlop(): Promise<{ app: App; plop: NodePlopAPI }> {
  const app = hostApp("default", { "plopfile.js": PLOPFILE });
  mkdirSync(join(app.root, "node_modules"));
  symlinkSync(join(import.meta.dirname, ".."), join(app.root, "node_modules/auth-rr"));
  const options = { destBasePath: app.root, force: false };
  return { app, plop: await nodePlop(join(app.root, "plopfile.js"), options) };
}

describe("in a team's own plopfile", () => {
  it("is everything that the documentation names", async () => {
    const { plop } = await withPlop();
    const names = plop.getGeneratorList().map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["auth-rr-login", "auth-rr-route", "auth-rr-email", "report"]),
    );
    expect(plop.getActionTypeList()).toEqual(
      expect.arrayContaining(["auth-rr:feature", "auth-rr:file", "auth-rr:write"]),
    );
  });

  it("a feature is written as by the command, and then a page for members with its route", async () => {
    const { app, plop } = await withPlop();
    const login = await plop.getGenerator("auth-rr-login").runActions({ install: false });
    expect(login.failures).toEqual([]);
    expect(app.read("app/routes/auth/login.tsx")).toContain("Log in");
    expect((await app.run("add", "login", "--no-install")).said).toContain("Nothing to do");

    const route = await plop.getGenerator("auth-rr-route").runActions({ name: "weekly-report" });
    expect(route.failures).toEqual([]);
    expect(app.read("app/routes/weekly-report.tsx")).toContain("auth.requireUser(args)");
    expect(app.read("app/routes.ts")).toContain(
      'route("weekly-report", "routes/weekly-report.tsx")',
    );
    expect(app.read("test/auth.ts")).toContain('"/weekly-report",');
  });

  it("a generator of the team's own writes all its files", async () => {
    const { app, plop } = await withPlop();
    const { failures } = await plop.getGenerator("report").runActions({ name: "big-sales" });
    expect(failures).toEqual([]);
    expect(app.read("app/reports/big-sales.ts")).toBe("export const title = 'Big sales';\n");
    expect(app.read("app/reports/index.ts")).toBe("export * from './big-sales';\n");
  });

  it("or none of them, and says which is in the way", async () => {
    const { app, plop } = await withPlop();
    app.write("app/reports/index.ts", "// mine\n");
    const before = treeOf(app.root);
    const { failures } = await plop.getGenerator("report").runActions({ name: "big-sales" });
    expect(failures[0]?.error).toContain("app/reports/index.ts is there already");
    expect(treeOf(app.root)).toEqual(before);
  });
});
