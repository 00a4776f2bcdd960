import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { minutes, seconds } from "../src/duration.ts";
import { testHouse, totpCode } from "../src/testing.ts";
import { type Browser, browser, pageOf } from "./browser.ts";
import { openDatabase } from "./database.ts";
import { houseOn, openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, newUser, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

const OLD = "an old secret of quite enough bytes: 1";
const NEW = "a fresh secret of quite enough bytes: 2";

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse({ secret: OLD });
  handle = pages(house);
});

let visitors = 0;
const visit = (site = handle) => browser(site, { ip: `203.0.113.${++visitors}` });

const SETTINGS = "/settings/two-factor";
const reasonOf = async (response: Response) =>
  Object.values((await pageOf(response)).actionData ?? {})[0]?.reason;

/** Registered, signed in, and past the step of the code that may have been used. */
async function newcomer() {
  const visitor = visit();
  const email = await register(house, visitor);
  return { visitor, email, user: await userByEmail(house, email) };
}

async function begin(visitor: Browser): Promise<{ secret: string; uri: string }> {
  const page = await pageOf(await visitor.post(SETTINGS, { intent: "enroll" }));
  return page.actionData?.[SETTINGS.slice(1)] as never;
}

async function enrolled() {
  const person = await newcomer();
  const { secret } = await begin(person.visitor);
  const code = await house.totpCode(secret);
  await person.visitor.post(SETTINGS, { intent: "confirm", code });
  await house.clock.advance(seconds(30));
  return { ...person, secret };
}

/** A browser of its own that gave the password. */
async function challenged({ email }: { email: string }): Promise<Browser> {
  const visitor = visit();
  await login(visitor, email);
  return visitor;
}

const finish = (visitor: Browser, code: string) =>
  visitor.post("/login/second-factor", { intent: "totp", code });
const hasSession = (visitor: Browser) => visitor.jar.has("__Host-session");

async function rowOf({ id }: { id: string }) {
  const mine = eq(schema.totp.userId, id);
  const [found] = await house.core.db.select({ row: schema.totp }).from(schema.totp).where(mine);
  return found?.row;
}

describe("setting up an authenticator app", () => {
  it("R101 counts when a code has shown that it works, and not before", async () => {
    const { visitor, email, user } = await newcomer();
    const { secret, uri } = await begin(visitor);
    expect(uri).toContain(`secret=${secret}`);
    const before = visit();
    await login(before, email);
    expect(hasSession(before)).toBe(true);
    const wrong = await visitor.post(SETTINGS, { intent: "confirm", code: "000000" });
    expect([wrong.status, await reasonOf(wrong)]).toEqual([400, "code_wrong"]);
    expect((await rowOf(user))?.secret).toBe(null);
    const code = await house.totpCode(secret);
    expect((await visitor.post(SETTINGS, { intent: "confirm", code })).status).toBe(302);
    expect(hasSession(await challenged({ email }))).toBe(false);
    const { subject, to } = (await house.outbox())[0] as { subject: string; to: string };
    expect([subject, to]).toEqual(["totp-enabled", email]);
    await house.expectAudit("totp.begun", user);
    await house.expectAudit("factor.failed", user);
    await house.expectAudit("totp.enabled", user);
  });

  it("R101 never shows the secret again, and takes none from the browser", async () => {
    const { visitor } = await newcomer();
    const { secret } = await begin(visitor);
    const page = await (await visitor.get(SETTINGS)).text();
    expect(page).not.toContain(secret);
    const forged = await visitor.post(SETTINGS, { intent: "confirm", code: "123456", secret });
    expect(forged.status).toBe(400);
  });

  it("R33 R113 gives this session a new id and a second factor, and ends all others", async () => {
    const { visitor, email } = await newcomer();
    const other = visit();
    await login(other, email);
    const before = visitor.jar.get("__Host-session") as string;
    const { secret } = await begin(visitor);
    await visitor.post(SETTINGS, { intent: "confirm", code: await house.totpCode(secret) });
    expect((await visitor.get("/strong")).status).toBe(200);
    expect((await other.get("/secret")).status).toBe(302);
    const thief = visit();
    thief.jar.set("__Host-session", before);
    expect((await thief.get("/secret")).status).toBe(302);
  });

  it("spends the code that confirmed it", async () => {
    const { visitor, email } = await newcomer();
    const { secret } = await begin(visitor);
    const code = await house.totpCode(secret);
    await visitor.post(SETTINGS, { intent: "confirm", code });
    const other = await challenged({ email });
    expect(await reasonOf(await finish(other, code))).toBe("code_wrong");
    expect(hasSession(other)).toBe(false);
  });

  it("ends after a quarter of an hour, and when a newer one begins", async () => {
    const { visitor } = await newcomer();
    const first = await begin(visitor);
    const second = await begin(visitor);
    const stale = { intent: "confirm", code: await house.totpCode(first.secret) };
    expect(await reasonOf(await visitor.post(SETTINGS, stale))).toBe("code_wrong");
    await house.clock.advance(minutes(15));
    await visitor.post("/step-up", { password: PASSWORD });
    const late = { intent: "confirm", code: await house.totpCode(second.secret) };
    expect(await reasonOf(await visitor.post(SETTINGS, late))).toBe("enrolment_expired");
  });

  it("R50 R101 needs a proof of the last ten minutes", async () => {
    const { visitor } = await newcomer();
    await house.clock.advance(minutes(11));
    const refused = await visitor.post(SETTINGS, { intent: "enroll" });
    expect([refused.status, await reasonOf(refused)]).toEqual([403, "step_up_required"]);
    await visitor.post("/step-up", { password: PASSWORD });
    expect((await begin(visitor)).secret).toMatch(/^[A-Z2-7]{32}$/);
  });

  it("R111 is not for an address that is not proven", async () => {
    const lenient = await openHouse({ unverifiedUsers: "allow" });
    const visitor = visit(pages(lenient));
    const email = newAddress("squatter");
    await visitor.post("/register", { email, password: PASSWORD });
    await login(visitor, email);
    const refused = await visitor.post(SETTINGS, { intent: "enroll" });
    expect([refused.status, await reasonOf(refused)]).toEqual([403, "verified_email_required"]);
  });

  it("R101 leaves the app of before good until the new one has shown a code", async () => {
    const { visitor, email, secret } = await enrolled();
    const next = await begin(visitor);
    const meanwhile = await challenged({ email });
    await finish(meanwhile, await house.totpCode(secret));
    expect(hasSession(meanwhile)).toBe(true);
    await house.clock.advance(seconds(30));
    const code = await house.totpCode(next.secret);
    await visitor.post(SETTINGS, { intent: "confirm", code });
    await house.clock.advance(seconds(30));
    const old = await challenged({ email });
    expect(await reasonOf(await finish(old, await house.totpCode(secret)))).toBe("code_wrong");
    expect((await finish(old, await house.totpCode(next.secret))).status).toBe(302);
  });
});

describe("the code of an authenticator app", () => {
  it("R109 turns a challenge into a session with a second factor", async () => {
    const person = await enrolled();
    const visitor = await challenged(person);
    const waiting = await pageOf(await visitor.get("/login/second-factor"));
    expect(waiting.loaderData["second-factor"]).toEqual({ waiting: true, factors: ["totp"] });
    await finish(visitor, await house.totpCode(person.secret));
    expect((await visitor.get("/strong")).status).toBe(200);
  });

  it("works once, and none of an earlier step works after it", async () => {
    const person = await enrolled();
    const [now, earlier] = [
      await house.totpCode(person.secret),
      await house.totpCode(person.secret, -1),
    ];
    await finish(await challenged(person), now);
    for (const code of [now, earlier]) {
      const again = await challenged(person);
      expect(await reasonOf(await finish(again, code))).toBe("code_wrong");
    }
    await house.clock.advance(seconds(30));
    const later = await challenged(person);
    expect(await reasonOf(await finish(later, now))).toBe("code_wrong");
    await finish(later, await house.totpCode(person.secret));
    expect(hasSession(later)).toBe(true);
  });

  it("R102 opens for nobody else: a row moved to another user is shut", async () => {
    const victim = await enrolled();
    const thief = await enrolled();
    const { secret: sealed } = (await rowOf(thief.user)) as { secret: string };
    const theirs = eq(schema.totp.userId, victim.user.id);
    await house.core.db.update(schema.totp).set({ secret: sealed }).where(theirs);
    const visitor = await challenged(victim);
    const refused = await finish(visitor, await house.totpCode(thief.secret));
    expect([refused.status, await reasonOf(refused)]).toEqual([400, "code_wrong"]);
    expect(hasSession(visitor)).toBe(false);
  });

  it("R102 is sealed in the database, the name of its key beside it", async () => {
    const { user, secret } = await enrolled();
    const row = JSON.stringify(await rowOf(user));
    expect(row).not.toContain(secret);
    expect((await rowOf(user))?.secret).toMatch(/^[0-9a-f]{8}\.[\w-]+$/);
  });

  it("R104 is refused calmly whatever is typed", async () => {
    const visitor = await challenged(await enrolled());
    const junk = ["", "12345", "abc", "１２３４５６", "٠١٢٣٤٥", "1234567", "9".repeat(5000), "💥"];
    for (const code of junk) {
      const refused = await finish(visitor, code);
      expect([400, 429]).toContain(refused.status);
      await house.clock.advance(minutes(1));
    }
    expect(hasSession(visitor)).toBe(false);
  });

  it("R50 steps a session up where a password does not", async () => {
    const { user, secret } = await enrolled();
    const visitor = visit();
    visitor.adopt(await house.signInAs(user, { aal: 2, stale: minutes(11) }));
    expect((await visitor.get("/fresh")).headers.get("Location")).toContain("/step-up");
    const weak = await visitor.post("/step-up", { password: PASSWORD, returnTo: "/fresh" });
    expect(weak.headers.get("Location")).toBe("/step-up?refused=stronger_factor_required");
    const form = { intent: "totp", code: await house.totpCode(secret), returnTo: "/fresh" };
    const strong = await visitor.post("/step-up", form);
    expect(strong.headers.get("Location")).toBe("/fresh");
    expect((await visitor.get("/fresh")).status).toBe(200);
    const again = await visitor.post("/step-up", form);
    expect(await reasonOf(again)).toBe("code_wrong");
  });

  it("R50 is what the page for stepping up asks for, and nothing of whoever has none", async () => {
    const { visitor } = await enrolled();
    const asked = async (by: Browser) =>
      (await pageOf(await by.get("/step-up"))).loaderData["step-up"];
    expect(await asked(visitor)).toEqual({ factors: ["totp"] });
    expect(await asked((await newcomer()).visitor)).toEqual({ factors: [] });
  });
});

describe("guessing", () => {
  const wrong = "000000";

  it("R105 R114 slows down after five tries and locks after ten, whatever the challenge", async () => {
    const person = await enrolled();
    const statuses: number[] = [];
    const waits: number[] = [];
    for (let tries = 0; tries < 10; ) {
      const visitor = await challenged(person);
      const response = await finish(visitor, wrong);
      statuses.push(response.status);
      if (response.status === 400) tries += 1;
      const wait = Number(response.headers.get("Retry-After") ?? 0);
      if (wait) waits.push(wait);
      await house.clock.advance(seconds(wait || 2));
    }
    expect(statuses.slice(0, 5)).toEqual([400, 400, 400, 400, 400]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(16);
    const locked = await challenged(person);
    const right = await finish(locked, await house.totpCode(person.secret));
    expect([right.status, await reasonOf(right.clone())]).toEqual([429, "rate_limited"]);
    expect(Number(right.headers.get("Retry-After"))).toBeGreaterThan(14 * 60);
    expect(hasSession(locked)).toBe(false);
  });

  it("R105 is told to the owner once, leaves the account open, and ends", async () => {
    const person = await enrolled();
    await house.lockSecondFactors(person.user);
    const { visitor, email, secret } = person;
    expect((await visitor.get("/secret")).status).toBe(200);
    expect((await challenged(person)).jar.has("__Host-login")).toBe(true);
    await house.clock.advance(minutes(15));
    const back = await challenged(person);
    await finish(back, await house.totpCode(secret));
    expect(hasSession(back)).toBe(true);
    for (let n = 0; n < 10; ) {
      const response = await finish(await challenged(person), wrong);
      if (response.status === 400) n += 1;
      else await house.clock.advance(seconds(Number(response.headers.get("Retry-After"))));
      await house.clock.advance(seconds(2));
    }
    await finish(await challenged(person), wrong);
    const told = (await house.outbox()).filter(
      ({ to, subject }) => to === email && subject === "second-factor-locked",
    );
    expect(told).toHaveLength(1);
    await house.expectAudit("factor.locked", person.user);
  });

  it("R105 a right code forgives the wrong ones before it", async () => {
    const person = await enrolled();
    for (let round = 0; round < 3; round++) {
      const visitor = await challenged(person);
      for (let n = 0; n < 4; n++) expect((await finish(visitor, wrong)).status).toBe(400);
      await finish(visitor, await house.totpCode(person.secret));
      expect(hasSession(visitor)).toBe(true);
      await house.clock.advance(seconds(30));
    }
  });

  it("R105 counts no try that ended in an error of ours", async () => {
    const person = await enrolled();
    const visitor = await challenged(person);
    const { $client } = house.core.db as unknown as {
      $client: { exec(q: string): Promise<unknown> };
    };
    await $client.exec("alter table totp rename to gone_totp");
    for (let n = 0; n < 12; n++) expect((await finish(visitor, wrong)).status).toBe(500);
    await $client.exec("alter table gone_totp rename to totp");
    expect((await finish(visitor, await house.totpCode(person.secret))).status).toBe(302);
  });
});

describe("taking the app away", () => {
  it("R36 R108 needs a second factor, tells the owner and ends other sessions", async () => {
    const { visitor, email, user, secret } = await enrolled();
    const weak = visit();
    weak.adopt(await house.signInAs(user, { aal: 1 }));
    const refused = await weak.post(SETTINGS, { intent: "disable" });
    expect(await reasonOf(refused)).toBe("step_up_required");
    await house.clock.advance(minutes(11));
    expect(await reasonOf(await visitor.post(SETTINGS, { intent: "disable" }))).toBe(
      "step_up_required",
    );
    await visitor.post("/step-up", { intent: "totp", code: await house.totpCode(secret) });
    const before = visitor.jar.get("__Host-session");
    expect((await visitor.post(SETTINGS, { intent: "disable" })).status).toBe(302);
    expect(visitor.jar.get("__Host-session")).not.toBe(before);
    expect((await weak.get("/secret")).status).toBe(302);
    expect((await lastMail(house, email, "totp-disabled")).kind).toBe("totp-disabled");
    await house.expectAudit("totp.disabled", user);
    const next = visit();
    await login(next, email);
    expect(hasSession(next)).toBe(true);
  });

  it("R43 leaves this session without a second factor", async () => {
    const { visitor } = await enrolled();
    expect((await visitor.get("/strong")).status).toBe(200);
    await visitor.post(SETTINGS, { intent: "disable" });
    expect((await visitor.get("/strong")).status).toBe(302);
    expect(await reasonOf(await visitor.post(SETTINGS, { intent: "disable" }))).toBe("not_found");
  });

  it("R43 leaves it a second factor where the user has another", async () => {
    const { visitor, user } = await enrolled();
    house.enrolled.add(user.id);
    await visitor.post(SETTINGS, { intent: "disable" });
    expect((await visitor.get("/strong")).status).toBe(200);
    house.enrolled.delete(user.id);
  });

  it("R92 R115 is nothing a reset of the password does", async () => {
    const person = await enrolled();
    const visitor = visit();
    await visitor.post("/forgot-password", { email: person.email });
    await visitor.get((await lastMail(house, person.email, "reset-password")).path);
    const password = "another horse battery staple";
    await visitor.post("/reset-password", { password });
    expect(hasSession(visitor)).toBe(false);
    const response = await visitor.post("/login", { email: person.email, password });
    expect(response.headers.get("Location")).toBe("/login/second-factor");
    await finish(visitor, await house.totpCode(person.secret));
    expect(hasSession(visitor)).toBe(true);
  });
});

describe("R13 a secret of the app that is turned over", () => {
  const deploy = (secret: string) => houseOn(house.core.db as never, { secret });

  it("keeps every authenticator app good, on old and new nodes side by side", async () => {
    // Each house sets the clock, so they are all there before anything happens.
    const both = await deploy(`${NEW},${OLD}`);
    const fresh = await deploy(NEW);
    const person = await enrolled();
    const nodes: [House, boolean][] = [
      ...([
        [house, true],
        [both, true],
        [house, true],
        [fresh, true],
        [house, false],
        [fresh, true],
      ] as [House, boolean][]),
    ];
    for (const [node, isGood] of nodes) {
      const visitor = visit(pages(node));
      await login(visitor, person.email);
      const code = await house.totpCode(person.secret);
      expect((await finish(visitor, code)).status).toBe(isGood ? 302 : 400);
      await house.clock.advance(seconds(30));
    }
  });
});

describe("in tests of an app", () => {
  it("a user gets an authenticator app, owes its code, steps up and is locked, each in a line", async () => {
    const user = await newUser(house);
    const secret = await house.enrollTotp(user);
    const visitor = visit();
    visitor.adopt(await house.owesSecondFactor(user));
    await finish(visitor, await house.totpCode(secret));
    expect((await visitor.get("/strong")).status).toBe(200);
    const stepped = visit();
    stepped.adopt(await house.steppedUp(user));
    expect((await stepped.get("/strong")).status).toBe(200);
    await house.lockSecondFactors(user);
    visitor.adopt(await house.owesSecondFactor(user));
    expect((await finish(visitor, await house.totpCode(secret))).status).toBe(429);
  });

  it("an app with a known secret shows the code of any moment, by the real clock too", async () => {
    // RFC 6238 appendix B, the last six digits for second 59.
    expect(totpCode("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", new Date(59_000))).toBe("287082");
    expect(totpCode("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")).toMatch(/^\d{6}$/);
  });

  it("what cannot be is said at once", async () => {
    const unproven = newAddress("unproven");
    await visit().post("/register", { email: unproven, password: PASSWORD });
    const [without, locked, gone] = [
      await newUser(house),
      await newUser(house),
      await newUser(house),
    ];
    await house.lockSecondFactors(locked);
    await house.disable(gone.id);
    const stranger = await userByEmail(house, unproven);
    const due = await newcomer();
    const theirs = eq(schema.passwords.userId, due.user.id);
    await house.core.db.update(schema.passwords).set({ mustChange: true }).where(theirs);
    const { rotatedTokens: _, ...tables } = schema;
    const bare = await testHouse({
      ...{ db: await openDatabase(), schema: tables, appName: "Bare", mail: { templates: {} } },
      ...{ unverifiedUsers: "allow", features: {} },
    });
    const wishes: [() => Promise<unknown>, RegExp][] = [
      [() => house.owesSecondFactor(without), /owes no second factor: session/],
      [() => house.owesSecondFactor(stranger), /factor: verify-email/],
      [() => house.owesSecondFactor(due.user), /factor: change-password/],
      [() => house.enrollTotp(stranger), /verified_email_required/],
      [() => house.enrollTotp(locked), /rate_limited/],
      [() => house.enrollTotp(gone), /cannot be signed in/],
      [() => bare.enrollTotp(without), /Add totp\(\)/],
      [() => house.expectAudit("totp.enabled", without), /no audit event "totp.enabled"/],
    ];
    for (const [wish, reason] of wishes) await expect(wish()).rejects.toThrow(reason);
  });
});
