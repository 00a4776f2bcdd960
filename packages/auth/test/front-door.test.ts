import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { minutes } from "../src/duration.ts";
import type { Method } from "../src/proof.ts";
import type { Visitor } from "../src/visitor.ts";
import { type Browser, browser, crowd } from "./browser.ts";
import { RIGHT_CODE } from "./fake-factor.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house, {
    "any-method": {
      path: "any-method",
      action: async (args) => {
        const { userId, method } = await house.auth.readForm(args, ["userId", "method"]);
        return house.auth.login(args, { userId, method: method as Method });
      },
    },
  });
});

const visit = crowd(() => handle);

interface Arrival {
  /** A browser that just did all that the first factor asks. */
  visitor: Browser;
  response: Response;
  email: string;
}

/** What was done to the account, or to the browser, before its user arrives. */
type Before = (email: string, visitor: Browser) => Promise<void>;

/** Every way to show who you are. A feature with a new one adds a row; `before` may change the account first. */
const FIRST_FACTORS: [string, (before: Before) => Promise<Arrival>][] = [
  [
    "password",
    async (before) => {
      const email = await register(house, visit());
      const visitor = visit();
      await before(email, visitor);
      return { visitor, email, response: await login(visitor, email, { returnTo: "/secret" }) };
    },
  ],
  [
    "verification code",
    async (before) => {
      const visitor = visit();
      const email = newAddress();
      await visitor.post("/register", { email, password: PASSWORD });
      const { code } = await lastMail(house, email);
      await before(email, visitor);
      return {
        visitor,
        email,
        response: await visitor.post("/verify-email", { intent: "code", code }),
      };
    },
  ],
  [
    "verification link",
    async (before) => {
      const visitor = visit();
      const email = newAddress();
      await visitor.post("/register", { email, password: PASSWORD });
      await visitor.get((await lastMail(house, email)).path);
      await before(email, visitor);
      return {
        visitor,
        email,
        response: await visitor.post("/verify-email", { intent: "confirm" }),
      };
    },
  ],
  [
    "verification link and password, elsewhere",
    async (before) => {
      const email = newAddress();
      await visit().post("/register", { email, password: PASSWORD });
      const visitor = visit();
      await visitor.get((await lastMail(house, email)).path);
      await before(email, visitor);
      const fields = { intent: "confirm", password: PASSWORD };
      return { visitor, email, response: await visitor.post("/verify-email", fields) };
    },
  ],
  [
    "code by mail",
    async (before) => {
      const email = await register(house, visit());
      const visitor = visit();
      await before(email, visitor);
      await visitor.post("/login/email-code", { intent: "request", email });
      const { code } = await lastMail(house, email, "email-code");
      const fields = { intent: "code", code };
      return { visitor, email, response: await visitor.post("/login/email-code", fields) };
    },
  ],
  ["a provider's word", (before) => byAnyMethod("oauth", before)],
  ["passkey without its user verified", (before) => byAnyMethod("passkey", before)],
  ["magic link", (before) => byAnyMethod("email", before)],
];

/** A way in that no feature has yet: its proof comes to the door like all others. */
async function byAnyMethod(method: Method, before: Before): Promise<Arrival> {
  const email = await register(house, visit());
  const visitor = visit();
  await before(email, visitor);
  const { id: userId } = await userByEmail(house, email);
  const response = await visitor.post("/any-method", { userId, method });
  return { visitor, email, response };
}

/** What an account or a browser may be like. Each says what happens to whoever arrives there by any first factor. */
const enroll: Before = async (email) => {
  house.enrolled.add((await userByEmail(house, email)).id);
};

const enrollAndTrust: Before = async (email, visitor) => {
  await enroll(email, visitor);
  visitor.jar.set("__Host-device", await deviceTokenOf((await userByEmail(house, email)).id));
};

/** A token of a browser that this user trusts, as the front door would have given it. */
async function deviceTokenOf(userId: string): Promise<string> {
  let token = "";
  const visitor = {
    ...{ deviceToken: null, device: "Firefox on Linux", ip: null, userAgent: null, requestId: "1" },
    giveDevice: (given: string) => {
      token = given;
    },
  } as unknown as Visitor;
  const { db, house: asked } = house.core;
  const give = await db.transaction((tx) => {
    const keeper = asked.trustedDevices();
    if (!keeper) throw new Error("nobody keeps trusted browsers");
    return keeper.trust(tx, visitor, userId);
  });
  give();
  return token;
}

async function mustChange(email: string): Promise<void> {
  const mine = eq(schema.passwords.userId, (await userByEmail(house, email)).id);
  await house.core.db.update(schema.passwords).set({ mustChange: true }).where(mine);
}

async function unprove(email: string): Promise<void> {
  const mine = eq(schema.users.email, email);
  await house.core.db.update(schema.users).set({ emailVerifiedAt: null }).where(mine);
}

const nothing = async () => {};
const hasSession = (visitor: Browser) => visitor.jar.has("__Host-session");

describe.each(FIRST_FACTORS)("the front door, by %s", (name, arrive) => {
  it("lets a user in", async () => {
    const { visitor, response } = await arrive(nothing);
    expect(response.status).toBe(302);
    expect(hasSession(visitor)).toBe(true);
    expect((await visitor.get("/secret")).status).toBe(200);
  });

  it("R109 R110 starts no session for a user with a second factor until it is given", async () => {
    const { visitor, response } = await arrive(enroll);
    expect(response.headers.get("Location")).toBe("/login/second-factor");
    expect(hasSession(visitor)).toBe(false);
    expect((await visitor.get("/secret")).status).toBe(302);
    const wrong = await visitor.post("/login/second-factor", { code: "000000" });
    expect([wrong.status, hasSession(visitor)]).toEqual([400, false]);
    const right = await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    expect(right.headers.get("Location")).toBe(name === "password" ? "/secret" : "/");
    expect((await visitor.get("/strong")).status).toBe(200);
  });

  it("R26 R43 keeps a disabled user out", async () => {
    const { visitor, response } = await arrive(async (email) => {
      await house.disable((await userByEmail(house, email)).id);
    });
    expect(response.headers.get("Location")).toBe("/login?refused=account_disabled");
    expect(hasSession(visitor)).toBe(false);
  });

  it("R112 lets a trusted browser of the same user in, as the first factor alone would", async () => {
    const { visitor, response } = await arrive(enrollAndTrust);
    expect(response.headers.get("Location")).not.toBe("/login/second-factor");
    expect((await visitor.get("/secret")).status).toBe(200);
    expect((await visitor.get("/strong")).headers.get("Location")).toContain("/step-up");
  });

  it("R109 R112 owes the second factor in a browser that somebody else trusts", async () => {
    const other = await userByEmail(house, await register(house, visit()));
    const { visitor, response } = await arrive(async (email, arriving) => {
      await enroll(email, arriving);
      arriving.jar.set("__Host-device", await deviceTokenOf(other.id));
    });
    expect(response.headers.get("Location")).toBe("/login/second-factor");
    expect(hasSession(visitor)).toBe(false);
  });

  it("R105 waits where the second factors are locked, and leaves the first alone", async () => {
    const { visitor, email, response } = await arrive(enroll);
    expect(response.headers.get("Location")).toBe("/login/second-factor");
    await house.lockSecondFactors(await userByEmail(house, email));
    for (const intent of ["totp", "backup-code", "email-code"]) {
      const refused = await visitor.post("/login/second-factor", { intent, code: "123456" });
      expect([refused.status, hasSession(visitor)]).toEqual([429, false]);
      expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(60);
    }
  });

  it.skipIf(name.startsWith("verification"))("R109 keeps an unproven address out", async () => {
    const { visitor } = await arrive(unprove);
    expect(hasSession(visitor)).toBe(false);
  });

  it("asks first for the new password that is due, and starts no session", async () => {
    const { visitor, email, response } = await arrive(mustChange);
    expect(response.headers.get("Location")).toBe("/reset-password");
    expect(hasSession(visitor)).toBe(false);
    expect((await visitor.get("/secret")).status).toBe(302);
    const same = await visitor.post("/reset-password", { password: PASSWORD });
    expect([same.status, hasSession(visitor)]).toEqual([400, false]);
    const password = "another horse battery staple";
    expect((await visitor.post("/reset-password", { password })).status).toBe(302);
    expect(hasSession(visitor)).toBe(false);
    await visitor.post("/login", { email, password });
    expect(hasSession(visitor)).toBe(true);
  });

  it("asks for the second factor before the new password that is due", async () => {
    const { visitor, response } = await arrive(async (email, arriving) => {
      await mustChange(email);
      await enroll(email, arriving);
    });
    expect(response.headers.get("Location")).toBe("/login/second-factor");
    expect((await visitor.post("/reset-password", { password: PASSWORD })).status).toBe(400);
    const given = await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    expect(given.headers.get("Location")).toBe("/reset-password");
    expect(hasSession(visitor)).toBe(false);
  });

  it("R33 gives a new session id and retires the one that was there", async () => {
    const { visitor } = await arrive(nothing);
    const first = visitor.jar.get("__Host-session") as string;
    const email = await register(house, visit());
    await login(visitor, email);
    expect(visitor.jar.get("__Host-session")).not.toBe(first);
    const thief = visit();
    thief.jar.set("__Host-session", first);
    expect((await thief.get("/secret")).status).toBe(302);
  });
});

describe("a password changed between the look at it and the login", () => {
  /** A site where something happens in the middle of a login. */
  function slowly(meanwhile: () => Promise<unknown>) {
    const { auth } = house;
    return pages(house, {
      "slow-login": {
        path: "slow-login",
        action: async (args) => {
          const result = await auth.passwords.verify(
            args,
            await auth.readForm(args, ["email", "password"]),
          );
          await meanwhile();
          return result.ok ? auth.login(args, result.proof) : null;
        },
      },
    });
  }

  it.each(["changed", "reset"])("R33 R43 lets nobody in when it was %s meanwhile", async (how) => {
    const owner = visit();
    const email = await register(house, owner);
    const thief = browser(
      slowly(async () => {
        if (how === "changed") {
          const fields = { currentPassword: PASSWORD, newPassword: "another horse battery staple" };
          return owner.post("/settings/password", fields);
        }
        await owner.post("/forgot-password", { email });
        await owner.get((await lastMail(house, email, "reset-password")).path);
        return owner.post("/reset-password", { password: "another horse battery staple" });
      }),
      { ip: "203.0.113.251" },
    );
    const response = await thief.post("/slow-login", { email, password: PASSWORD });
    expect(response.headers.get("Location")).toBe("/login?refused=proof_outdated");
    expect(hasSession(thief)).toBe(false);
  });

  it("R43 lets nobody in whose account was removed meanwhile, and the trail says so of nobody", async () => {
    const email = await register(house, visit());
    const { id } = await userByEmail(house, email);
    const remove = async () => {
      await house.core.db.delete(schema.users).where(eq(schema.users.id, id));
    };
    const visitor = browser(slowly(remove), { ip: "203.0.113.253" });
    const response = await visitor.post("/slow-login", { email, password: PASSWORD });
    expect(response.headers.get("Location")).toBe("/login?refused=account_disabled");
    expect(hasSession(visitor)).toBe(false);
    expect((await house.auditEvents("login.refused")).at(-1)).toMatchObject({ subjectId: null });
  });

  it("lets in when nothing happened meanwhile", async () => {
    const email = await register(house, visit());
    const visitor = browser(
      slowly(async () => {}),
      { ip: "203.0.113.252" },
    );
    await visitor.post("/slow-login", { email, password: PASSWORD });
    expect(hasSession(visitor)).toBe(true);
  });
});

describe("the challenge between two factors", () => {
  async function challenged(options: Record<string, string> = {}) {
    const email = await register(house, visit());
    house.enrolled.add((await userByEmail(house, email)).id);
    const visitor = visit();
    await login(visitor, email, options);
    return { visitor, email };
  }

  it("R114 works only in the browser that has it", async () => {
    await challenged();
    const other = visit();
    expect(
      (await other.post("/login/second-factor", { code: RIGHT_CODE })).headers.get("Location"),
    ).toBe("/login?refused=challenge_expired");
    expect(hasSession(other)).toBe(false);
  });

  it("R114 is over after ten minutes, even for the right code", async () => {
    const { visitor } = await challenged();
    await house.clock.advance(minutes(10));
    await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    expect(hasSession(visitor)).toBe(false);
  });

  it("R107 becomes one session, not two", async () => {
    const { visitor } = await challenged();
    const token = visitor.jar.get("__Host-login") as string;
    await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    const again = visit();
    again.jar.set("__Host-login", token);
    await again.post("/login/second-factor", { code: RIGHT_CODE });
    expect([hasSession(visitor), hasSession(again)]).toEqual([true, false]);
  });

  it("R33 ends in a new session, and the one that this browser had is dead", async () => {
    const { visitor, email } = await challenged();
    await register(house, visitor);
    const first = visitor.jar.get("__Host-session") as string;
    await login(visitor, email);
    await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    expect(visitor.jar.get("__Host-session")).not.toBe(first);
    const thief = visit();
    thief.jar.set("__Host-session", first);
    expect((await thief.get("/secret")).status).toBe(302);
  });

  it("R47 is no session, and a session is no challenge", async () => {
    const { visitor } = await challenged();
    const thief = visit();
    thief.jar.set("__Host-session", visitor.jar.get("__Host-login") as string);
    expect((await thief.get("/secret")).status).toBe(302);
    const signedIn = visit();
    await register(house, signedIn);
    const confused = visit();
    confused.jar.set("__Host-login", signedIn.jar.get("__Host-session") as string);
    await confused.post("/login/second-factor", { code: RIGHT_CODE });
    expect(hasSession(confused)).toBe(false);
  });

  it("R73 remembers where the visitor was going, and how long they want to stay, on the server", async () => {
    const { visitor } = await challenged({ returnTo: "/secret", remember: "on" });
    const response = await visitor.post("/login/second-factor?returnTo=/public", {
      code: RIGHT_CODE,
    });
    expect(response.headers.get("Location")).toBe("/secret");
    const session = response.headers
      .getSetCookie()
      .find((cookie) => cookie.startsWith("__Host-session"));
    expect(session).toContain(`Max-Age=${30 * 24 * 60 * 60}`);
  });

  it("dies when the password is changed elsewhere", async () => {
    const { visitor, email } = await challenged();
    const owner = visit();
    owner.adopt(await house.signInAs(await userByEmail(house, email), { aal: 2 }));
    const changed = await owner.post("/settings/password", {
      currentPassword: PASSWORD,
      newPassword: "another horse battery staple",
    });
    expect(changed.status).toBe(302);
    await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    expect(hasSession(visitor)).toBe(false);
  });
});

describe("what a login is remembered by", () => {
  /** A site with a passkey that is always there: it counts as two factors. */
  const withPasskey = () =>
    pages(house, {
      passkey: {
        path: "passkey",
        action: async (args) => {
          const { auth } = house;
          const { userId, intent } = await auth.readForm(args, ["userId", "intent"]);
          const proof = { userId, method: "passkey", aal: 2 } as const;
          if (intent === "login") return auth.login(args, proof);
          const { session } = await auth.requireUser(args);
          return auth.stepUp(args, { session, proof });
        },
      },
    });
  const visitWithPasskey = crowd(withPasskey);

  async function enrolled() {
    const email = await register(house, visit());
    const { id } = await userByEmail(house, email);
    house.enrolled.add(id);
    return { id, email };
  }

  async function sessionsOf(userId: string) {
    const mine = eq(schema.sessions.userId, userId);
    const { db } = house.core;
    const rows = await db.select({ row: schema.sessions }).from(schema.sessions).where(mine);
    return rows.map(({ row: { amr, aal, persistent } }) => ({ amr, aal, persistent }));
  }

  it("R109 one factor that counts as two is enough, at the door and for stepping up", async () => {
    const { id } = await enrolled();
    const visitor = visitWithPasskey();
    const response = await visitor.post("/passkey", { userId: id, intent: "login" });
    expect(response.headers.get("Location")).toBe("/");
    expect((await visitor.get("/strong")).status).toBe(200);
    expect(await sessionsOf(id)).toContainEqual({ amr: ["passkey"], aal: 2, persistent: false });
    const details = { amr: "passkey", aal: 2, persistent: false };
    expect(await house.expectAudit("login.succeeded", { id })).toMatchObject({ details });

    await house.clock.advance(minutes(11));
    expect((await visitor.get("/fresh")).status).toBe(302);
    await visitor.post("/passkey", { userId: id });
    expect((await visitor.get("/fresh")).status).toBe(200);
    const told = await house.expectAudit("session.stepped-up", { id });
    expect(told).toMatchObject({ details: { method: "passkey" } });
  });

  it("two factors are named in their order, in the session and in the trail", async () => {
    const { id, email } = await enrolled();
    const visitor = visit();
    await login(visitor, email, { remember: "on" });
    const challenged = await house.expectAudit("login.challenged", { id });
    expect(challenged).toMatchObject({ details: { method: "pwd" } });
    await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    const session = { amr: ["pwd", "otp"], aal: 2, persistent: true };
    expect(await sessionsOf(id)).toContainEqual(session);
    const details = { amr: "pwd otp", aal: 2, persistent: true };
    expect(await house.expectAudit("login.succeeded", { id })).toMatchObject({ details });
  });

  it("a visitor who did not ask to stay is forgotten with the browser", async () => {
    const visitor = visit();
    const { id } = await userByEmail(house, await register(house, visitor));
    expect(await sessionsOf(id)).toEqual([{ amr: ["email"], aal: 1, persistent: false }]);
    const details = { amr: "email", aal: 1, persistent: false };
    expect(await house.expectAudit("login.succeeded", { id })).toMatchObject({ details });
  });
});

describe("a factor that asks the front door without looking first", () => {
  /** A site whose second factor believes every code. */
  const credulous = () =>
    pages(house, {
      credulous: {
        path: "credulous",
        action: async (args) => {
          const { userId } = await house.auth.readForm(args, ["userId"]);
          return house.auth.finishLogin(args, { userId, method: "otp" });
        },
      },
    });
  const visitCredulous = crowd(credulous);

  async function challenged() {
    const email = await register(house, visit());
    const { id } = await userByEmail(house, email);
    house.enrolled.add(id);
    const visitor = visitCredulous();
    await login(visitor, email);
    return { visitor, id, email };
  }

  it.each([
    ["without a challenge", async () => visitCredulous()],
    ["with the challenge of somebody else", async () => (await challenged()).visitor],
  ])("R114 lets nobody in %s", async (_what, arrive) => {
    const { id } = await challenged();
    const visitor = await arrive();
    const response = await visitor.post("/credulous", { userId: id });
    expect(response.headers.get("Location")).toBe("/login?refused=challenge_expired");
    expect(hasSession(visitor)).toBe(false);
  });

  it("R43 lets nobody in who was disabled between the two factors", async () => {
    const { visitor, id, email } = await challenged();
    await house.disable(id);
    const response = await visitor.post("/credulous", { userId: id });
    expect(response.headers.get("Location")).toBe("/login?refused=account_disabled");
    expect(hasSession(visitor)).toBe(false);
    const [event] = (await house.auditEvents("login.refused")).filter(
      ({ subjectId }) => subjectId === (id as string),
    );
    expect(event).toMatchObject({ outcome: "failure", details: { reason: "account_disabled" } });
    expect((await login(visit(), email)).headers.get("Location")).toBe(
      "/login?refused=account_disabled",
    );
  });
});

describe("an unproven address", () => {
  it("is kept out by default, and gets a new mail instead", async () => {
    const email = newAddress();
    await visit().post("/register", { email, password: PASSWORD });
    const first = await lastMail(house, email);
    const visitor = visit();
    const response = await login(visitor, email);
    expect(response.headers.get("Location")).toBe("/verify-email");
    expect(hasSession(visitor)).toBe(false);
    const { code, path } = await lastMail(house, email);
    expect(path).not.toBe(first.path);
    await visitor.post("/verify-email", { intent: "code", code });
    expect(hasSession(visitor)).toBe(true);
  });

  it("may come in where the app allows it, but not where a route wants a proven one", async () => {
    const lenient = await openHouse({ unverifiedUsers: "allow" });
    const visitor = browser(pages(lenient));
    const email = newAddress();
    await visitor.post("/register", { email, password: PASSWORD });
    expect((await login(visitor, email)).headers.get("Location")).toBe("/");
    expect((await visitor.get("/secret")).status).toBe(200);
    expect((await visitor.get("/proven")).headers.get("Location")).toBe(
      "/verify-email?returnTo=%2Fproven",
    );
  });
});
