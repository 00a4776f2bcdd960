import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { days, minutes, seconds } from "../src/duration.ts";
import { sessionRotation } from "../src/features/session-rotation/session-rotation.ts";
import { testHouse } from "../src/testing.ts";
import { type Browser, crowd } from "./browser.ts";
import { openHouse } from "./house.ts";
import { openLoggedHouse } from "./logged.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newUser, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

const COOKIE = "__Host-session";
const A_DAY = days(1 + 1 / 86_400);

let house: House;
let handle: ReturnType<typeof pages>;
let during: Awaited<ReturnType<typeof openLoggedHouse>>["during"];
beforeAll(async () => {
  ({ house, during } = await openLoggedHouse());
  handle = pages(house);
});
const visit = crowd(() => handle);

const held = (visitor: Browser) => visitor.jar.get(COOKIE) ?? "none";

/** Another program with the same cookie, as it is now. */
function copyOf(visitor: Browser): Browser {
  const copy = visit();
  copy.jar.set(COOKIE, held(visitor));
  return copy;
}

async function staysSignedIn() {
  const email = await register(house, visit());
  const visitor = visit();
  await login(visitor, email, { remember: "on" });
  return { visitor, email, user: await userByEmail(house, email) };
}

const isIn = async (visitor: Browser) => (await visitor.get("/secret")).status === 200;

describe("R40 the session of somebody who stays signed in", () => {
  it("gets another token after a day, for as long as the first, and is the same session", async () => {
    const { visitor } = await staysSignedIn();
    const first = held(visitor);
    await house.clock.advance(days(1));
    expect(await isIn(visitor)).toBe(true);
    expect(held(visitor)).toBe(first);
    await house.clock.advance(seconds(1));
    const response = await visitor.get("/settings/sessions");
    const line = response.headers.getSetCookie().find((one) => one.startsWith(COOKIE)) ?? "";
    expect(line).toContain(`; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${days(30)}`);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect(held(visitor)).not.toBe(first);
    expect(await isIn(visitor)).toBe(true);
  });

  it("costs an ordinary request no statement, and an exchange is not repeated", async () => {
    const { visitor } = await staysSignedIn();
    expect(await during(() => visitor.get("/secret"))).toHaveLength(1);
    await house.clock.advance(A_DAY);
    expect((await during(() => visitor.get("/secret"))).length).toBeGreaterThan(1);
    expect(await during(() => visitor.get("/secret"))).toHaveLength(1);
  });

  it("is exchanged by whatever request comes first: .data, a POST, a page that asks in a loader", async () => {
    for (const ask of [
      (visitor: Browser) => visitor.get("/secret.data"),
      (visitor: Browser) => visitor.post("/secret"),
      (visitor: Browser) => visitor.get("/"),
      (visitor: Browser) => visitor.get("/resource"),
    ]) {
      const { visitor } = await staysSignedIn();
      const first = held(visitor);
      await house.clock.advance(A_DAY);
      await ask(visitor);
      expect(held(visitor)).not.toBe(first);
    }
  });

  it("keeps its token where nobody asks who is there, and where nobody waits for the answer", async () => {
    const { visitor } = await staysSignedIn();
    const first = held(visitor);
    await house.clock.advance(A_DAY);
    await visitor.get("/public");
    await visitor.send("/", { signal: AbortSignal.abort() }).catch(() => null);
    expect(held(visitor)).toBe(first);
    expect(await isIn(copyOf(visitor))).toBe(true);
  });

  it("gives the same successor to every request that was on its way, for 30 seconds", async () => {
    const { visitor } = await staysSignedIn();
    const [tab, late] = [copyOf(visitor), copyOf(visitor)];
    await house.clock.advance(A_DAY);
    await visitor.get("/secret");
    await tab.get("/secret.data");
    await house.clock.advance(seconds(29));
    expect(await isIn(late)).toBe(true);
    expect(new Set([held(visitor), held(tab), held(late)]).size).toBe(1);
  });

  it("ends for both when an older token comes later, tells the owner once, and says from where it came", async () => {
    const { visitor, email, user } = await staysSignedIn();
    const stolen = copyOf(visitor);
    await house.clock.advance(A_DAY);
    await visitor.get("/secret");
    await house.clock.advance(seconds(31));
    const tries = [stolen, copyOf(stolen), copyOf(stolen), copyOf(stolen)];
    expect(await Promise.all(tries.map(isIn))).toEqual([false, false, false, false]);
    expect(await isIn(visitor)).toBe(false);
    const mails = (await house.outbox()).filter(({ to }) => to === email);
    expect(mails.filter(({ subject }) => subject === "session-reused")).toHaveLength(1);
    const event = await house.expectAudit("session.reuse-detected", user);
    expect(event).toMatchObject({ outcome: "failure", actorId: null, details: {} });
    expect(event.ip).toMatch(/^198\.18\./);
  });

  it("ends as well when the thief was first, and however often the token changed since", async () => {
    const { visitor } = await staysSignedIn();
    const thief = copyOf(visitor);
    for (let day = 0; day < 3; day++) {
      await house.clock.advance(A_DAY);
      expect(await isIn(thief)).toBe(true);
    }
    expect(await isIn(visitor)).toBe(false);
    expect(await isIn(thief)).toBe(false);
  });

  it("leaves the other sessions of the user alone", async () => {
    const { visitor, email } = await staysSignedIn();
    const stolen = copyOf(visitor);
    await house.clock.advance(A_DAY);
    await visitor.get("/secret");
    const phone = visit();
    await login(phone, email, { remember: "on" });
    await house.clock.advance(seconds(31));
    await stolen.get("/secret");
    expect(await isIn(phone)).toBe(true);
  });
});

describe("R40 R37 an older token", () => {
  it("logs the session out, whatever another tab was given meanwhile", async () => {
    const { visitor } = await staysSignedIn();
    const tab = copyOf(visitor);
    await house.clock.advance(A_DAY);
    await tab.get("/secret");
    await visitor.post("/logout");
    expect(await isIn(tab)).toBe(false);
  });

  it("R33 is worth nothing after a step-up, and raises no alarm there", async () => {
    const { visitor, user } = await staysSignedIn();
    const late = copyOf(visitor);
    await house.clock.advance(A_DAY);
    await visitor.get("/secret");
    const before = copyOf(visitor);
    await visitor.post("/step-up", { password: PASSWORD });
    for (const old of [late, before]) expect(await isIn(old)).toBe(false);
    expect(await isIn(visitor)).toBe(true);
    await expect(house.expectAudit("session.reuse-detected", user)).rejects.toThrow();
  });

  it("R43 of a disabled user lets nobody in, and alarms nobody", async () => {
    const { visitor, user } = await staysSignedIn();
    const late = copyOf(visitor);
    await house.clock.advance(A_DAY);
    await visitor.get("/secret");
    await house.disable(user.id);
    expect(await isIn(late)).toBe(false);
    await house.clock.advance(minutes(1));
    expect(await isIn(late)).toBe(false);
    await expect(house.expectAudit("session.reuse-detected", user)).rejects.toThrow();
  });

  it("still lets its browser in when its successor can no longer be read", async () => {
    const { visitor } = await staysSignedIn();
    const late = copyOf(visitor);
    const first = held(late);
    await house.clock.advance(A_DAY);
    await visitor.get("/secret");
    for (const left of ["sealed.elsewhere", null]) {
      await house.core.db.execute(sql`update rotated_tokens set successor = ${left}`);
      expect(await isIn(late)).toBe(true);
      expect(held(late)).toBe(first);
    }
  });

  it("R32 keeps its successor sealed, and for no longer than it is asked for", async () => {
    const { visitor } = await staysSignedIn();
    await house.clock.advance(A_DAY);
    await visitor.get("/secret");
    const sealed = async () =>
      (
        (await house.core.db.execute(sql`select successor from rotated_tokens
        where successor is not null`)) as { rows: { successor: string }[] }
      ).rows;
    await house.prune();
    expect(await sealed()).not.toEqual([]);
    expect(JSON.stringify(await sealed())).not.toContain(held(visitor));
    await house.clock.advance(seconds(31));
    await house.prune();
    expect(await sealed()).toEqual([]);
  });
});

describe("exchanging a token", () => {
  it("R169 changes no answer when it fails: it is done another time", async () => {
    const { visitor } = await staysSignedIn();
    const first = held(visitor);
    await house.clock.advance(A_DAY);
    const away = vi.spyOn(house.core.db, "transaction").mockRejectedValue(new Error("away"));
    expect(await isIn(visitor)).toBe(true);
    away.mockRestore();
    expect(held(visitor)).toBe(first);
    expect(await isIn(visitor)).toBe(true);
    expect(held(visitor)).not.toBe(first);
  });

  it("gives nothing for a session that ended meanwhile", async () => {
    const { visitor } = await staysSignedIn();
    const token = held(visitor);
    const { session } = (await house.core.findSession(token)) ?? {};
    await visitor.post("/logout");
    expect(await sessionRotation(house.core)?.rotate(token, session?.id ?? "")).toBeNull();
  });

  it("gives the same to who asks a moment later", async () => {
    const { visitor } = await staysSignedIn();
    const token = held(visitor);
    const { session } = (await house.core.findSession(token)) ?? {};
    const rotate = () => sessionRotation(house.core)?.rotate(token, session?.id ?? "");
    const next = await rotate();
    expect(next).toMatch(/^[\w-]{48}$/);
    expect(await rotate()).toBe(next);
  });

  it("is found out outside of requests too", async () => {
    const { visitor, user } = await staysSignedIn();
    const first = held(visitor);
    await house.clock.advance(A_DAY);
    await visitor.get("/secret");
    await house.clock.advance(seconds(31));
    expect(await house.core.findSession(first)).toBeNull();
    expect((await house.expectAudit("session.reuse-detected", user)).requestId).toBe("none");
  });

  it("is not for sessions that end with the browser, nor for a house without the table", async () => {
    const long = { absolute: days(9), idle: days(9) };
    const sessionLimits = { browser: long, persistent: long };
    const { rotatedTokens: _, ...plain } = schema;
    for (const options of [{ sessionLimits }, { sessionLimits, schema: plain } as never]) {
      const other = await openHouse(options);
      const persistent = "schema" in (options as object);
      const visitor = crowd(() => pages(other))();
      visitor.adopt(await other.signInAs(await newUser(other), { persistent }));
      const first = held(visitor);
      await other.clock.advance(A_DAY);
      expect(await isIn(visitor)).toBe(true);
      expect(held(visitor)).toBe(first);
      await other.prune();
      await visitor.post("/logout");
      expect(visitor.jar.has(COOKIE)).toBe(false);
    }
  });

  it("needs the words for its mail", async () => {
    const { core } = house;
    const bare = testHouse({
      ...{ db: core.db as never, schema, appName: "Bare", mail: { templates: {} }, features: {} },
    });
    await expect(bare).rejects.toThrow(/"session-reused"/);
    expect((await lastMail(house, "nobody@example.com")).kind).toBe("none");
  });
});
