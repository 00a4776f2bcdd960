import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { minutes, seconds } from "../src/duration.ts";
import { testHouse } from "../src/testing.ts";
import type { Browser } from "./browser.ts";
import { openDatabase } from "./database.ts";
import { actionOf, factorsIn, finish, hasSession, loaderOf } from "./factors.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { login, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  // Everybody but whoever likes red, as a role would be told apart.
  house = await openHouse({ requireSecondFactor: ({ favoriteColor }) => favoriteColor !== "red" });
  handle = pages(house);
});
const { visit } = factorsIn(
  () => house,
  () => handle,
);

const ENROL = "/settings/two-factor";

async function newcomer() {
  const visitor = visit();
  const email = await register(house, visitor);
  return { visitor, email, user: await userByEmail(house, email) };
}

async function enrol(visitor: Browser): Promise<string> {
  const begun = await visitor.post(ENROL, { intent: "enroll" });
  const { secret } = await actionOf<{ secret: string }>(begun);
  await visitor.post(ENROL, { intent: "confirm", code: await house.totpCode(secret) });
  return secret;
}

/** Every guarded page but those on the way to a second factor. */
const CLOSED = [
  ...["/secret", "/unsaid", "/still", "/resource", "/deep/er", "/fresh", "/strong", "/proven"],
  ...["/settings/sessions", "/settings/backup-codes", "/settings/trusted-devices"],
];

describe("whoever must have a second factor and has none", () => {
  it.each(CLOSED)("R34 R109 gets from %s no more than the way to set one up", async (path) => {
    const { visitor } = await newcomer();
    const requests: [string, () => Promise<Response>][] = [
      ["GET", () => visitor.get(path)],
      [".data", () => visitor.get(`${path}.data`)],
      ["POST", () => visitor.post(path)],
      [".data POST", () => visitor.post(`${path}.data`)],
      ["PUT", () => visitor.send(path, { method: "PUT" })],
    ];
    for (const [way, ask] of requests) {
      const response = await ask();
      const text = await response.text();
      expect([202, 302, 404, 405], way).toContain(response.status);
      expect(text, way).not.toMatch(/"secret"|"did"|behind the layout|"left"/);
    }
    const there = await visitor.get(path);
    const back = new URLSearchParams({ returnTo: path });
    expect(there.headers.get("Location")).toBe(`${ENROL}?${back}`);
    const json = await visitor.get(path, { Accept: "application/json" });
    expect([json.status, await json.json()]).toEqual([403, { reason: "second_factor_required" }]);
  });

  it("is nobody to a page that only asks who is there", async () => {
    const { visitor } = await newcomer();
    expect(await loaderOf(await visitor.get("/"), "home")).toEqual({ email: null });
  });

  it("cannot change the password or log others out, and can log out", async () => {
    const { visitor } = await newcomer();
    const fields = { currentPassword: PASSWORD, newPassword: "another horse battery staple" };
    const changed = await visitor.post("/settings/password", fields);
    expect(changed.headers.get("Location")).toBe(ENROL);
    expect((await visitor.post("/logout")).status).toBe(302);
    expect(hasSession(visitor)).toBe(false);
  });

  it("sets one up and is in, in this session and the next", async () => {
    const { visitor, email } = await newcomer();
    const secret = await enrol(visitor);
    expect((await visitor.get("/secret")).status).toBe(200);
    await house.clock.advance(seconds(30));
    const next = visit();
    await login(next, email);
    expect(hasSession(next)).toBe(false);
    await finish(next, "totp", await house.totpCode(secret), { trustDevice: "on" });
    expect((await next.get("/secret")).status).toBe(200);
    await next.post("/logout");
    await login(next, email);
    expect((await next.get("/secret")).status).toBe(200);
  });

  it("may step up on the way, when the login was long ago", async () => {
    const { visitor } = await newcomer();
    await house.clock.advance(minutes(11));
    expect((await visitor.post(ENROL, { intent: "enroll" })).status).toBe(403);
    const stepped = await visitor.post("/step-up", { password: PASSWORD, returnTo: ENROL });
    expect(stepped.headers.get("Location")).toBe(ENROL);
    await enrol(visitor);
    expect((await visitor.get("/secret")).status).toBe(200);
  });

  it("R43 R108 is back at the start when they take their only factor away", async () => {
    const { visitor } = await newcomer();
    await enrol(visitor);
    await visitor.post(ENROL, { intent: "disable" });
    expect((await visitor.get("/secret")).headers.get("Location")).toContain(ENROL);
  });
});

describe("whoever need not have one", () => {
  it("goes everywhere without", async () => {
    const { visitor, email } = await newcomer();
    const them = eq(schema.users.email, email);
    const red = { favoriteColor: "red" } as never;
    await house.core.db.update(schema.users).set(red).where(them);
    expect((await visitor.get("/secret")).status).toBe(200);
  });
});

describe("a house that asks for what nobody can have", () => {
  it("R164 is refused when it is built", async () => {
    const db = await openDatabase();
    const templates = { "session-reused": () => ({ subject: "", text: "", html: "" }) };
    const building = testHouse({
      ...{ db, schema, appName: "Testbed", mail: { templates }, unverifiedUsers: "allow" },
      features: {},
      requireSecondFactor: () => true,
    });
    const code = "ERR_AUTH_CONFIG_INVALID";
    await expect(building).rejects.toMatchObject({
      code,
      message: expect.stringContaining("no feature gives one"),
    });
  });
});
