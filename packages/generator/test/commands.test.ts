import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostApp } from "./support/app.ts";
import { timesOf, treeOf } from "./support/tree.ts";

const ADD = ["add", "login", "--no-install"];

describe("add login", () => {
  it("needs no step in the code of an app from the default template, and few lines of its files", async () => {
    const app = hostApp("default");
    const { exit, data } = await app.run(...ADD);
    expect([exit, data.manual, data.written]).toEqual([0, [], true]);
    const theirs = data.edited.filter(({ path }: { path: string }) => !path.startsWith(".env"));
    expect(theirs.length).toBeLessThanOrEqual(4);
    const lines = theirs.reduce((sum: number, file: { lines: number }) => sum + file.lines, 0);
    expect(lines).toBeLessThanOrEqual(15);
    expect(app.read("app/routes.ts")).toContain("...authRoutes");
    expect(app.read("app/auth/auth.server.ts")).toContain('appName: "Default host"');
    expect(app.read(".env")).toMatch(/^AUTH_SECRET=[\w-]{43}$/m);
  });

  it.each(["default", "node-postgres", "javascript", "minimal"])(
    "run twice changes nothing, not even a time: %s",
    async (host) => {
      const app = hostApp(host);
      expect((await app.run(...ADD)).exit).toBe(0);
      const [tree, times] = [treeOf(app.root), timesOf(app.root)];
      const again = await app.run(...ADD);
      expect([again.exit, again.said]).toEqual([0, expect.stringContaining("Nothing to do")]);
      expect([treeOf(app.root), timesOf(app.root)]).toEqual([tree, times]);
    },
  );

  it.each(["default", "node-postgres", "javascript", "minimal"])(
    "and remove gives the app back: %s",
    async (host) => {
      const app = hostApp(host);
      const before = treeOf(app.root);
      await app.run(...ADD);
      const { exit, data } = await app.run("remove", "login", "--no-install");
      expect([exit, data.manual]).toEqual([0, []]);
      const { ".env": secrets, ".env.example": example, ...after } = treeOf(app.root);
      const { ".env.example": their, ...theirs } = before;
      expect(after).toEqual(theirs);
      expect([secrets, example]).toEqual([
        expect.any(String),
        expect.stringContaining(their ?? ""),
      ]);
    },
  );

  it("shows everything and writes nothing with --dry-run", async () => {
    const app = hostApp("default");
    const before = treeOf(app.root);
    const { exit, said, data } = await app.run(...ADD, "--dry-run");
    expect([exit, data.written]).toEqual([0, false]);
    expect(said).toContain("+ app/routes/auth/login.tsx");
    expect(said).toContain("~ app/routes.ts");
    expect(treeOf(app.root)).toEqual(before);
  });

  it("asks once, and takes no for an answer", async () => {
    const app = hostApp("default");
    const before = treeOf(app.root);
    expect((await app.ask([false], ...ADD)).exit).toBe(3);
    expect(treeOf(app.root)).toEqual({ ...before });
    expect((await app.ask([true], ...ADD)).exit).toBe(0);
  });

  it("never shows a secret", async () => {
    const app = hostApp("default");
    const { said, noted, data } = await app.run(...ADD);
    const secret = /AUTH_SECRET=(.*)/.exec(app.read(".env") ?? "")?.[1] ?? "none";
    expect(said + noted + JSON.stringify(data)).not.toContain(secret);
  });

  it("gives each app a secret of its own", async () => {
    const secrets = new Set();
    for (let times = 0; times < 3; times += 1) {
      const app = hostApp("minimal");
      await app.run(...ADD);
      secrets.add(/AUTH_SECRET=(.*)/.exec(app.read(".env") ?? "")?.[1]);
    }
    expect(secrets.size).toBe(3);
  });
});

describe("what you changed", () => {
  it("stays, and what you deleted stays deleted", async () => {
    const app = hostApp("default");
    await app.run(...ADD);
    app.edit("app/routes/auth/login.tsx", "Log in", "Come in");
    rmSync(join(app.root, "app/routes/health/health.ts"));
    const before = treeOf(app.root);
    expect((await app.run(...ADD)).said).toContain("Nothing to do");
    expect(treeOf(app.root)).toEqual(before);
    const { said } = await app.run("list");
    expect(said).toContain("1 edited");
    await app.run("update", "--restore", "--no-install");
    expect(app.read("app/routes/health/health.ts")).toContain("readyz");
    expect(app.read("app/routes/auth/login.tsx")).toContain("Come in");
  });

  it("is yours when the feature goes, and told", async () => {
    const app = hostApp("default");
    await app.run(...ADD);
    app.edit("app/auth/auth.css", "#0f766e", "#ff0000");
    const { said } = await app.run("remove", "login", "--no-install");
    expect(said).toContain(
      "app/auth/auth.css  (no longer needed, but you changed it: it is yours now)",
    );
    expect(app.read("app/auth/auth.css")).toContain("#ff0000");
  });

  it("is shown by diff --mine, and nothing else is", async () => {
    const app = hostApp("default");
    await app.run(...ADD);
    expect((await app.run("diff", "--mine", "--exit-code")).exit).toBe(0);
    app.edit("app/routes/auth/login.tsx", 'title="Log in"', 'title="Come in"');
    const { exit, said } = await app.run("diff", "--mine", "--exit-code");
    expect(exit).toBe(4);
    expect(said).toContain('-    <Card title="Log in">\n+    <Card title="Come in">');
    expect(said.match(/^--- /gm)).toHaveLength(1);
  });
});

describe("the command line", () => {
  it.each([
    [["ad", "login"], "Did you mean add?"],
    [["add", "logn"], "Did you mean login?"],
    [["add", "login", "--dry-rum"], "Did you mean --dry-run?"],
    [["add", "login", "--pk=bigint"], "--pk=uuid"],
    [["add", "login", "--prefix=../up"], "--prefix"],
    [["add", "login", "--routes-dir=../../etc"], "--routes-dir"],
    [["add", "login", "--on-conflict=perhaps"], "keep, overwrite or new"],
    [["add"], "Name one of login"],
    [["remove", "login"], "Here are: none"],
    [["update"], "add login first"],
    [["g", "rout", "x"], "Did you mean route?"],
    [["g", "route", "../x"], "small letters"],
  ])("refuses %j with 2, says what it may be, and writes nothing", async (args, hint) => {
    const app = hostApp("default");
    const before = treeOf(app.root);
    const { exit, noted } = await app.run(...args);
    expect([exit, noted]).toEqual([2, expect.stringContaining(hint)]);
    expect(treeOf(app.root)).toEqual(before);
  });

  it("asks nothing where nobody can answer", async () => {
    const app = hostApp("default", { "app/auth/auth.server.ts": "export const mine = 1;\n" });
    const { exit, noted } = await app.run(...ADD);
    expect([exit, noted]).toEqual([2, expect.stringContaining("--on-conflict=keep")]);
  });
});

describe("micro-generators", () => {
  it("write a page for members, its route and its place in the test", async () => {
    const app = hostApp("default");
    await app.run(...ADD);
    expect((await app.run("g", "route", "weekly-report")).exit).toBe(0);
    expect(app.read("app/routes/weekly-report.tsx")).toContain(
      "export default function WeeklyReport(",
    );
    expect(app.read("app/routes/weekly-report.tsx")).toContain("<h1>Weekly report</h1>");
    expect(app.read("app/routes.ts")).toContain(
      'route("weekly-report", "routes/weekly-report.tsx")',
    );
    expect(app.read("test/auth.ts")).toContain('"/weekly-report",');
    const again = await app.run("g", "route", "weekly-report");
    expect([again.exit, again.noted]).toEqual([3, expect.stringContaining("there already")]);
  });

  it("write a mail", async () => {
    const app = hostApp("default");
    await app.run(...ADD);
    expect((await app.run("g", "email", "weekly-report")).exit).toBe(0);
    expect(app.read("app/mails/weekly-report.server.ts")).toContain("sendWeeklyReport(to: string");
  });
});
