import { beforeAll, describe, expect, it } from "vitest";
import { days, minutes, seconds } from "../src/duration.ts";
import { backupCodes } from "../src/features/backup-codes/backup-codes.ts";
import { emailCodes } from "../src/features/email-codes/email-codes.ts";
import { emailVerification } from "../src/features/email-verification/email-verification.ts";
import { passwords } from "../src/features/passwords/passwords.ts";
import { totp } from "../src/features/totp/totp.ts";
import { testHouse } from "../src/testing.ts";
import type { Browser } from "./browser.ts";
import { openDatabase } from "./database.ts";
import { factorsIn, finish, hasSession, loaderOf } from "./factors.ts";
import { openHouse, templates } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});
const { visit, enrolled, challenged, steppedUp } = factorsIn(
  () => house,
  () => handle,
);

const SETTINGS = "/settings/trusted-devices";
const DEVICE = "__Host-device";
const ANOTHER = "another horse battery staple";

interface Listed {
  id: string;
  device: string;
  isCurrent: boolean;
}

const listOf = async (visitor: Browser) =>
  loaderOf<Listed[]>(await visitor.get(SETTINGS), SETTINGS.slice(1));

/** Somebody with an app whose browser is trusted, signed in there with a second factor. */
async function trusting() {
  const person = await enrolled();
  const visitor = await challenged(person);
  const code = await house.totpCode(person.secret);
  await finish(visitor, "totp", code, { trustDevice: "on" });
  await house.clock.advance(seconds(30));
  return { ...person, visitor };
}

/** The same browser later, nobody signed in: does the password alone open the door? */
async function passwordAloneOpens(visitor: Browser, email: string, password = PASSWORD) {
  visitor.jar.delete("__Host-session");
  visitor.jar.delete("__Host-login");
  await visitor.post("/login", { email, password });
  return hasSession(visitor);
}

describe("a trusted browser", () => {
  it("R112 owes no second factor at the next login", async () => {
    const { visitor, email, user } = await trusting();
    expect(await passwordAloneOpens(visitor, email)).toBe(true);
    await house.expectAudit("trusted-device.added", user);
    await house.expectAudit("trusted-device.used", user);
    expect(await passwordAloneOpens(visit(), email)).toBe(false);
  });

  it("is only trusted when its user asks for it", async () => {
    const person = await enrolled();
    const visitor = await challenged(person);
    await finish(visitor, "totp", await house.totpCode(person.secret));
    expect(visitor.jar.has(DEVICE)).toBe(false);
    expect(await passwordAloneOpens(visitor, person.email)).toBe(false);
  });

  it("R35 R112 holds a cookie of 30 days for this host, which no script reads", async () => {
    const person = await enrolled();
    const visitor = await challenged(person);
    const code = await house.totpCode(person.secret);
    const response = await finish(visitor, "totp", code, { trustDevice: "on" });
    const line = response.headers.getSetCookie().find((cookie) => cookie.startsWith(DEVICE));
    expect(line?.split("; ").slice(1)).toEqual([
      ...["Path=/", "Secure", "HttpOnly", "SameSite=Lax", `Max-Age=${30 * 24 * 60 * 60}`],
    ]);
  });

  it("R112 gets a new token at each use, and the old one is dead", async () => {
    const { visitor, email } = await trusting();
    const before = visitor.jar.get(DEVICE) as string;
    expect(await passwordAloneOpens(visitor, email)).toBe(true);
    expect(visitor.jar.get(DEVICE)).not.toBe(before);
    const thief = visit();
    thief.jar.set(DEVICE, before);
    expect(await passwordAloneOpens(thief, email)).toBe(false);
    expect(await passwordAloneOpens(visitor, email)).toBe(true);
  });

  it("R112 of another user is worth nothing", async () => {
    const thief = await trusting();
    const victim = await enrolled();
    expect(await passwordAloneOpens(thief.visitor, victim.email)).toBe(false);
    expect(await passwordAloneOpens(thief.visitor, thief.email)).toBe(true);
  });

  it("R112 ends after 30 days, however often it is used", async () => {
    const { visitor, email } = await trusting();
    await house.clock.advance(days(29));
    expect(await passwordAloneOpens(visitor, email)).toBe(true);
    await house.clock.advance(days(1));
    expect(await passwordAloneOpens(visitor, email)).toBe(false);
    await house.prune();
  });

  it("R50 R112 never stands for a second factor: not on pages that want one, nor for what protects the account", async () => {
    const { visitor, email, secret } = await trusting();
    expect(await passwordAloneOpens(visitor, email)).toBe(true);
    expect((await visitor.get("/secret")).status).toBe(200);
    for (const path of ["/strong", "/fresh"]) {
      expect((await visitor.get(path)).headers.get("Location")).toContain("/step-up");
    }
    const weak = await visitor.post("/step-up", { password: PASSWORD });
    expect(weak.headers.get("Location")).toBe("/step-up?refused=stronger_factor_required");
    const refused = await visitor.post("/settings/two-factor", { intent: "disable" });
    expect(refused.status).toBe(400);
    await visitor.post("/step-up", { intent: "totp", code: await house.totpCode(secret) });
    expect((await visitor.get("/strong")).status).toBe(200);
    expect((await visitor.get("/fresh")).status).toBe(200);
  });

  it("R112 is one of a list, and can be forgotten by its owner alone", async () => {
    const { visitor, email, user } = await trusting();
    const [listed] = (await listOf(visitor)) as [Listed];
    expect(listed).toMatchObject({ device: "Firefox on Linux", isCurrent: true });
    const stranger = await steppedUp((await enrolled()).user);
    const form = { intent: "forget", id: listed.id };
    expect((await stranger.post(SETTINGS, form)).status).toBe(404);
    for (const id of ["", "junk", "0", "💥"]) {
      expect((await visitor.post(SETTINGS, { intent: "forget", id })).status).toBe(404);
    }
    expect((await visitor.post(SETTINGS, form)).status).toBe(200);
    await house.expectAudit("trusted-device.forgotten", user);
    expect(await listOf(visitor)).toEqual([]);
    expect(await passwordAloneOpens(visitor, email)).toBe(false);
  });

  it("R45 may hold junk, which is worth nothing and breaks nothing", async () => {
    const { email } = await enrolled();
    for (const junk of ["", "x", "a".repeat(48), "%00", "=".repeat(4000)]) {
      const visitor = visit();
      visitor.jar.set(DEVICE, junk);
      expect(await passwordAloneOpens(visitor, email)).toBe(false);
    }
  });

  it("leaves one row, however often the same browser is trusted", async () => {
    const person = await trusting();
    await person.visitor.post("/logout");
    const device = person.visitor.jar.get(DEVICE) as string;
    person.visitor.jar.delete(DEVICE);
    await challenged(person, person.visitor);
    person.visitor.jar.set(DEVICE, device);
    const code = await house.totpCode(person.secret);
    await finish(person.visitor, "totp", code, { trustDevice: "on" });
    expect(await listOf(person.visitor)).toHaveLength(1);
  });
});

describe("where no browser can be trusted", () => {
  it("the wish is heard and changes nothing: the second factor is owed each time", async () => {
    const rules = { table: schema.passwords };
    const strict = (await testHouse({
      ...{ db: await openDatabase(), schema, appName: "Strict", trustedProxyHops: 1 },
      mail: { templates },
      features: {
        passwords: passwords({ ...rules, users: schema.users }),
        emailVerification: emailVerification({ passwords: rules }),
        totp: totp({ table: schema.totp }),
        backupCodes: backupCodes({ table: schema.backupCodes }),
        emailCodes: emailCodes(),
      },
    })) as unknown as House;
    const there = () => visit(pages(strict));
    const email = await register(strict, there());
    const secret = await strict.enrollTotp(await userByEmail(strict, email));
    const visitor = there();
    await login(visitor, email);
    await finish(visitor, "totp", await strict.totpCode(secret), { trustDevice: "on" });
    expect([hasSession(visitor), visitor.jar.has(DEVICE)]).toEqual([true, false]);
    expect(await passwordAloneOpens(visitor, email)).toBe(false);
    const owner = there();
    owner.adopt(await strict.steppedUp(await userByEmail(strict, email)));
    expect((await owner.post("/settings/sessions", { intent: "revoke-all" })).status).toBe(302);
  });
});

/** What ends the trust: the owner does it in another browser, signed in with a second factor. */
const ENDS: [string, (owner: Browser, email: string) => Promise<string>][] = [
  [
    "a change of the password",
    async (owner) => {
      await owner.post("/settings/password", { currentPassword: PASSWORD, newPassword: ANOTHER });
      return ANOTHER;
    },
  ],
  [
    "a reset of the password",
    async (_, email) => {
      const visitor = visit();
      await visitor.post("/forgot-password", { email });
      await visitor.get((await lastMail(house, email, "reset-password")).path);
      await visitor.post("/reset-password", { password: ANOTHER });
      return ANOTHER;
    },
  ],
  [
    "logging out everywhere",
    async (owner) => {
      await owner.post("/settings/sessions", { intent: "revoke-all" });
      return PASSWORD;
    },
  ],
  [
    "logging out everywhere else",
    async (owner) => {
      await owner.post("/settings/sessions", { intent: "revoke-others" });
      return PASSWORD;
    },
  ],
  [
    "another authenticator app",
    async (owner) => {
      const begun = await owner.post("/settings/two-factor", { intent: "enroll" });
      const secret = /"secret":"(\w+)"/.exec(await begun.text())?.[1] ?? "";
      const code = await house.totpCode(secret);
      await owner.post("/settings/two-factor", { intent: "confirm", code });
      return PASSWORD;
    },
  ],
  [
    "R108 taking the app away, also for the next one",
    async (owner, email) => {
      await owner.post("/settings/two-factor", { intent: "disable" });
      await house.enrollTotp(await userByEmail(house, email));
      return PASSWORD;
    },
  ],
];

describe.each(ENDS)("R43 R112 trust ends by %s", (_, end) => {
  it("in every browser", async () => {
    const { visitor, email, user } = await trusting();
    const password = await end(await steppedUp(user), email);
    expect(await passwordAloneOpens(visitor, email, password)).toBe(false);
  });
});

describe("R92 R109 trust and a reset", () => {
  it("leave the second factor owed after the reset, in the trusted browser too", async () => {
    const { visitor, email } = await trusting();
    await visitor.post("/forgot-password", { email });
    await visitor.get((await lastMail(house, email, "reset-password")).path);
    await visitor.post("/reset-password", { password: ANOTHER });
    expect(await passwordAloneOpens(visitor, email, ANOTHER)).toBe(false);
  });

  it("do not help a disabled user", async () => {
    const { visitor, email, user } = await trusting();
    await house.disable(user.id);
    expect(await passwordAloneOpens(visitor, email)).toBe(false);
    await house.clock.advance(minutes(1));
    await login(visitor, email);
    expect(hasSession(visitor)).toBe(false);
  });
});
