import { chromium } from "@playwright/test";
import { beforeAll, describe, expect, inject, it, vi } from "vitest";
import { timesOf, treeOf } from "../test/support/tree.ts";
import { type Host, makeHost, start } from "./host.ts";

const PASSWORD = "seven purple elephants dancing";
const ROUTER_7 = {
  "react-router": "7.18.4",
  "@react-router/dev": "7.18.4",
  "@react-router/node": "7.18.4",
  "@react-router/serve": "7.18.4",
  typescript: "^5.9.3",
};

const packed = inject("packed");

describe.each([
  ["React Router 8", {}],
  ["React Router 7.18", ROUTER_7],
])("an app fresh from the default template, %s", (_name, versions) => {
  let app: Host;
  beforeAll(() => {
    app = makeHost("default", packed, versions);
  });

  it("gets its login by one command, with nothing to paste", () => {
    const { status, output } = app.cli("add", "login", "--yes");
    expect([status, output]).toEqual([0, expect.stringContaining("0 to paste")]);
  });

  it("type-checks, and passes the test that came with it", () => {
    app.run("npm", "run", "typecheck");
    expect(app.run("npm", "run", "test:auth")).toMatch(/pass 7/);
  });

  it("is left alone by the same command", () => {
    const before = timesOf(app.root);
    const { status, output } = app.cli("add", "login", "--yes");
    expect([status, output]).toEqual([0, expect.stringContaining("Nothing to do")]);
    expect(timesOf(app.root)).toEqual(before);
  });

  it("is healthy, and no page of ours is unguarded", () => {
    const { status, output } = app.cli("doctor");
    expect([status, output]).toEqual([0, expect.stringContaining("Healthy")]);
    const { unguarded } = JSON.parse(app.cli("routes", "--json").output.split("\n\n")[0] ?? "");
    expect(unguarded).toEqual(["/"]);
  });

  it("builds, starts, and lets somebody register, log out and in again", async () => {
    app.run("npx", "react-router", "build", "--mode", "demo");
    const site = await start(app);
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
    try {
      const page = await browser.newPage({ baseURL: site.origin });
      await page.goto("/register");
      await page.fill("[name=email]", "ada@example.com");
      await page.fill("[name=password]", PASSWORD);
      await page.click("main form [type=submit], form [type=submit]");
      await page.waitForURL("/verify-email");
      // It leaves once the answer has, so it may take a moment.
      const { code } = await vi.waitFor(async () => {
        const headers = { Accept: "application/json" };
        const [mail] = await (await page.request.get("/dev/mailbox", { headers })).json();
        return mail ?? Promise.reject(new Error("No mail yet"));
      }, 5_000);
      await page.fill("[name=code]", code);
      await page.click("[name=intent][value=code]");
      await page.waitForURL("/");
      await page.goto("/settings");
      expect(await page.textContent("[data-slot=current-user]")).toBe("ada@example.com");
      await page.goto("/logout");
      await page.click("form [type=submit]");
      await page.waitForURL("/");
      await page.goto("/settings/sessions");
      await page.fill("[name=email]", "ada@example.com");
      await page.fill("[name=password]", PASSWORD);
      await page.click("form [type=submit]");
      await page.waitForURL("/settings/sessions");
      await page.waitForSelector("[data-slot=session][data-current]");
      expect(await page.locator("[data-slot=session]").count()).toBe(1);
    } finally {
      await browser.close();
      await site.stop();
    }
  });

  it("gets second factors, passkeys and links by mail later, with their tests, and is as before without them", () => {
    app.commit();
    const before = ownFiles(app);
    const { status, output } = app.cli("add", "passkeys", "magic-links", "--yes");
    expect([status, output]).toEqual([0, expect.stringContaining("0 to paste")]);
    app.run("npm", "run", "typecheck");
    expect(app.run("npm", "run", "test:auth")).toMatch(/pass 13/);
    app.commit();
    expect(app.cli("remove", "mfa", "--cascade", "--yes", "--no-install").status).toBe(0);
    app.run("npm", "run", "typecheck");
    app.commit();
    expect(app.cli("remove", "magic-links", "--yes", "--no-install").status).toBe(0);
    expect(ownFiles(app)).toEqual(before);
  });

  it("keeps what was edited when the next version comes", () => {
    app.commit();
    app.edit("app/routes/auth/login.tsx", '<Card title="Log in">', '<Card title="Welcome back">');
    app.edit("app/routes/auth/verify-email.tsx", "Confirm with the code", "That is my code");
    app.edit("app/auth/auth.css", "#0f766e", "#7c3aed");
    app.commit();
    app.run(
      "npm",
      "install",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      "--save-dev",
      packed.next,
    );
    app.commit();
    const { status, output } = app.cli("update", "--yes");
    expect([status, output]).toEqual([0, expect.stringContaining("merged")]);
    const login = app.read("app/routes/auth/login.tsx");
    expect(login).toContain('<Card title="Welcome back">');
    expect(login).toContain("Remember me on this device");
    expect(app.read("app/routes/auth/verify-email.tsx")).toMatch(
      /We have sent you[\s\S]*That is my code/,
    );
    expect(app.read("app/auth/auth.css")).toContain("#7c3aed");
    app.run("npm", "run", "typecheck");
  });

  it("is as it was before, once login is removed again, but for what was edited", () => {
    app.commit();
    const { status } = app.cli("remove", "login", "--yes", "--no-install");
    expect(status).toBe(0);
    const left = Object.keys(
      treeOf(app.root, /^(node_modules|\.git|build|\.react-router|\.data|drizzle)\//),
    );
    expect(left.filter((path) => /auth|settings|db\//.test(path) && !path.endsWith("/"))).toEqual([
      "app/auth/auth.css",
      "app/routes/auth/login.tsx",
      "app/routes/auth/verify-email.tsx",
    ]);
  });
});

function ownFiles(app: Host): Record<string, string> {
  const files = Object.entries(
    treeOf(app.root, /^(node_modules|\.git|build|\.react-router|\.data)\//),
  );
  return Object.fromEntries(files.filter(([path]) => /^(app|test)\/.*[^/]$/.test(path)));
}
