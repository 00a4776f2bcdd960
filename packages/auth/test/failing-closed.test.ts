import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { browser } from "./browser.ts";
import { openDatabase } from "./database.ts";
import { houseOn, openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { newAddress, PASSWORD, register } from "./people.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
let member: ReturnType<typeof browser>;
let ran: string[] = [];
beforeAll(async () => {
  house = await openHouse();
  const { auth } = house;
  handle = pages(house, {
    watched: {
      middleware: [auth.guard()],
      loader: () => null,
      children: {
        room: {
          path: "room",
          loader: () => ran.push("loader"),
          action: () => ran.push("action"),
        },
      },
    },
  });
  member = browser(handle);
  await register(house, member);
});

/** What a driver says when nobody listens any more. */
const gone = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

/** As after a migration that went wrong: an error that no retry and no waiting cures. */
const break_ = () => house.core.db.execute(sql`alter table sessions rename to gone_sessions`);
const mend = () => house.core.db.execute(sql`alter table gone_sessions rename to sessions`);

describe("R63 when nobody can say who is there", () => {
  beforeAll(async () => {
    await member.get("/room");
    expect(ran).toEqual(["loader"]);
    ran = [];
    await break_();
  });
  afterAll(mend);

  it.each([
    ["GET", "/room"],
    ["POST", "/room"],
    ["GET", "/room.data"],
    ["GET", "/room.data?_routes=room"],
    ["POST", "/room.data"],
    ["DELETE", "/room"],
  ])("nothing behind a guard runs: %s %s", async (method, path) => {
    const response = await member.send(path, { method });
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(await response.text()).not.toMatch(/gone_|relation|sessions/);
    expect(ran).toEqual([]);
  });

  it.each(["/secret", "/unsaid", "/deep/er", "/resource", "/settings/sessions", "/"])(
    "%s shows nothing and lets nobody in",
    async (path) => {
      const response = await member.get(path);
      expect(response.status).toBeGreaterThanOrEqual(500);
      expect(await response.text()).not.toContain("secret");
    },
  );

  it("a login gives no session, and no page that asks nobody is the worse for it", async () => {
    const visitor = browser(handle, { ip: "203.0.113.2" });
    const response = await visitor.post("/login", { email: newAddress(), password: PASSWORD });
    expect([response.status, visitor.jar.has("__Host-session")]).toEqual([401, false]);
    expect((await visitor.get("/public")).status).toBe(200);
  });
});

describe("R63 when it can be said again", () => {
  it("the same session is good, for it was never the reason", async () => {
    ran = [];
    expect((await member.get("/room")).status).toBe(200);
    expect(ran).toEqual(["loader"]);
  });
});

describe("R63 when the database is gone altogether", () => {
  it("every page that needs it says so calmly, and when to come back", async () => {
    const { $client } = await openDatabase();
    const away = await houseOn(drizzle({ client: $client }), {});
    const visitor = browser(pages(away));
    await register(away, visitor);
    vi.spyOn($client, "transaction").mockRejectedValue(gone);
    vi.spyOn($client, "query").mockRejectedValue(gone);
    const asked = [
      await visitor.get("/secret"),
      await visitor.get("/secret", { Accept: "application/json" }),
      await visitor.post("/logout"),
      await visitor.post("/login", { email: newAddress(), password: PASSWORD }),
    ];
    vi.restoreAllMocks();
    for (const { status, headers } of asked) {
      expect([status, headers.get("Retry-After")]).toEqual([503, "5"]);
    }
    expect(await asked[1]?.json()).toEqual({ reason: "unavailable" });
    expect((await visitor.get("/secret")).status).toBe(200);
  });
});
