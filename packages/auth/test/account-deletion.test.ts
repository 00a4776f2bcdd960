import { eq, sql } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { days, minutes } from "../src/duration.ts";
import {
  accountDeletion,
  type ExportedUser,
} from "../src/features/account-deletion/account-deletion.ts";
import type { Browser } from "./browser.ts";
import { actionOf, factorsIn, finish, hasSession, loaderOf, reasonOf } from "./factors.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

const MODES = ["hard", "soft", "anonymise"] as const;
const PAGE = "/settings/delete-account";

/** What the app's hook was given, and whose account it will not let go. */
const closed: { email: string }[] = [];
let kept: string | null = null;
const hooks = {
  async onAccountClosed(_tx: never, user: never) {
    const { email } = user as { email: string };
    if (email === kept) throw new Error("an invoice is open");
    closed.push({ email });
  },
  onDataExport: async (_tx: never, user: never) => ({
    poems: [`to ${(user as { email: string }).email}`],
  }),
};

const houses = new Map<string, { house: House; handle: ReturnType<typeof pages> }>();
let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  for (const mode of MODES) {
    const blank = mode === "anonymise" ? { favoriteColor: "none" } : undefined;
    const made = await openHouse({ deletion: { mode, ...(blank && { blank }) }, hooks });
    houses.set(mode, { house: made, handle: pages(made) });
  }
});
beforeEach(() => enter("hard"));

function enter(mode: string): void {
  ({ house, handle } = houses.get(mode) as { house: House; handle: typeof handle });
}

const { visit, enrolled, steppedUp } = factorsIn(
  () => house,
  () => handle,
);

/** Registered just now, so the proof is fresh. */
async function person() {
  const visitor = visit();
  const email = await register(house, visitor);
  return { visitor, email, user: await userByEmail(house, email) };
}

const schedule = (visitor: Browser) => visitor.post(PAGE, { intent: "schedule" });
const cancel = (visitor: Browser) => visitor.post(PAGE, { intent: "cancel" });
const cancelled = async (visitor: Browser) => (await cancel(visitor)).headers.get("Location");
const EXPIRED = "/login?refused=challenge_expired";
const closingOf = async (visitor: Browser) =>
  loaderOf<{ email: string; deletedAt: string } | null>(await visitor.get(PAGE), PAGE.slice(1));

/** Somebody whose account is gone: the days of grace are over and the house was swept. */
async function gone() {
  const somebody = await person();
  await schedule(somebody.visitor);
  await house.clock.advance(days(14));
  await house.prune();
  return somebody;
}

describe("wishing to be deleted", () => {
  it("R161 ends every session at once, mails the date, and is written down", async () => {
    const { visitor, email, user } = await person();
    const elsewhere = visit();
    await login(elsewhere, email, { remember: "on" });
    expect((await schedule(visitor)).headers.get("Location")).toContain("deletion_scheduled");
    expect(hasSession(visitor)).toBe(false);
    expect((await elsewhere.get("/secret")).status).toBe(302);
    expect((await lastMail(house, email)).kind).toBe("deletion-scheduled");
    const event = await house.expectAudit("account.deletion-scheduled", user);
    expect(event.details).toEqual({ days: 14 });
    const text = (await house.outbox()).find(({ to }) => to === email)?.text ?? "";
    expect(text).toContain(new Date(event.at.getTime() + 14 * 86_400_000).toISOString());
  });

  it("R161 R50 asks for a fresh proof, by the second factor of who has one", async () => {
    const { visitor, user } = await person();
    await house.clock.advance(minutes(11));
    for (const intent of ["schedule", "export"]) {
      expect(await reasonOf(await visitor.post(PAGE, { intent }))).toBe("step_up_required");
    }
    expect((await visitor.get("/secret")).status).toBe(200);
    await visitor.post("/step-up", { password: PASSWORD });
    house.enrolled.add(user.id);
    expect(await reasonOf(await schedule(visitor))).toBe("step_up_required");
    expect(hasSession(await schedule(await steppedUp(user)).then(() => visitor))).toBe(true);
    expect((await visitor.get("/secret")).status).toBe(302);
  });

  it("L4 happens by no GET, and for nobody who is not signed in", async () => {
    const { visitor } = await person();
    expect(await closingOf(visitor)).toBeNull();
    expect((await visitor.get("/secret")).status).toBe(200);
    expect((await schedule(visit())).headers.get("Location")).toBe("/login");
    expect(await cancelled(visit())).toBe(EXPIRED);
  });

  it("R92 kills links that are still in the mail", async () => {
    const { visitor, email } = await person();
    const forgetful = visit();
    await forgetful.post("/forgot-password", { email });
    const { path } = await lastMail(house, email, "reset-password");
    await schedule(visitor);
    await forgetful.get(path);
    expect(await reasonOf(await forgetful.post("/reset-password", { password: PASSWORD }))).toBe(
      "link_expired",
    );
  });
});

describe("a wish that comes second", () => {
  it("has the day of the first, and is told no more", async () => {
    const { visitor, email } = await person();
    const answers = await Promise.all([schedule(visitor), schedule(visitor)]);
    for (const { headers } of answers) {
      expect(headers.get("Location")).toContain("deletion_scheduled");
    }
    const mails = (await house.outbox()).filter(({ to }) => to === email);
    expect(mails.filter(({ subject }) => subject === "deletion-scheduled")).toHaveLength(1);
  });

  it("is nothing when the account went meanwhile", async () => {
    const { visitor, user } = await person();
    const { db } = house.core;
    const transaction = db.transaction.bind(db);
    const late = vi.spyOn(db, "transaction").mockImplementationOnce(async (work) => {
      await db.delete(schema.users).where(eq(schema.users.id, user.id));
      return transaction(work);
    });
    expect(await reasonOf(await schedule(visitor))).toBe("step_up_required");
    late.mockRestore();
    await expect(house.expectAudit("account.deletion-scheduled", user)).rejects.toThrow();
  });
});

describe("while the account waits", () => {
  it("R161 a login leads to where it can be taken back, and to no session", async () => {
    const { visitor, email } = await person();
    await schedule(visitor);
    const back = visit();
    expect((await login(back, email)).headers.get("Location")).toBe(PAGE);
    expect(hasSession(back)).toBe(false);
    expect((await back.get("/secret")).status).toBe(302);
    expect(await closingOf(back)).toMatchObject({ email });
    expect(
      (await house.expectAudit("login.refused", await userByEmail(house, email))).details,
    ).toEqual({ reason: "account_closing" });
  });

  it("R161 nobody gets there by half: the second factor is owed before, and after it there is no session either", async () => {
    const { email, user, secret } = await enrolled();
    await schedule(await steppedUp(user));
    const back = visit();
    expect((await login(back, email)).headers.get("Location")).toBe("/login/second-factor");
    expect(await cancelled(back)).toBe(EXPIRED);
    const finished = await finish(back, "totp", await house.totpCode(secret));
    expect(finished.headers.get("Location")).toBe(PAGE);
    expect([hasSession(back), back.jar.has("__Host-login")]).toEqual([false, false]);
    expect((await cancel(back)).status).toBe(302);
  });

  it.each(["a code by mail", "a reset link"])("so does %s", async (way) => {
    const { visitor, email } = await person();
    await schedule(visitor);
    const back = visit();
    if (way === "a code by mail") {
      await back.post("/login/email-code", { intent: "request", email });
      const { code } = await lastMail(house, email, "email-code");
      const form = { intent: "verify", email, code };
      expect((await back.post("/login/email-code", form)).headers.get("Location")).toBe(PAGE);
    } else {
      await back.post("/forgot-password", { email });
      await back.get((await lastMail(house, email, "reset-password")).path);
      const password = "seven purple elephants dancing";
      await back.post("/reset-password", { password });
      expect((await back.post("/login", { email, password })).headers.get("Location")).toBe(PAGE);
    }
    expect(hasSession(back)).toBe(false);
  });

  it("is taken back by a POST, once, and then a login is a login again", async () => {
    const { visitor, email, user } = await person();
    await schedule(visitor);
    const [back, twin] = [visit(), visit()];
    await login(back, email);
    for (const [name, value] of back.jar) twin.jar.set(name, value);
    expect((await cancel(back)).headers.get("Location")).toContain("reactivated");
    expect(await cancelled(twin)).toBe(EXPIRED);
    expect((await lastMail(house, email, "deletion-cancelled")).kind).toBe("deletion-cancelled");
    await house.expectAudit("account.deletion-cancelled", user);
    await login(back, email);
    expect(hasSession(back)).toBe(true);
    await house.clock.advance(days(15));
    await house.prune();
    expect(await userByEmail(house, email)).toMatchObject({ id: user.id, disabledAt: null });
  });

  it("nothing is deleted a moment too early", async () => {
    const { visitor, email } = await person();
    await schedule(visitor);
    await house.clock.advance(days(14 - 1 / 86_400));
    await house.prune();
    expect(await login(visit(), email).then(({ headers }) => headers.get("Location"))).toBe(PAGE);
  });
});

/** The tables with a row that belongs to this user. */
async function tablesWith(userId: string): Promise<string[]> {
  const owned = (await house.core.db.execute(sql`select table_name as name
    from information_schema.columns where column_name = 'user_id' and table_schema = 'public'`)) as {
    rows: { name: string }[];
  };
  expect(owned.rows.length).toBeGreaterThan(6);
  const found: string[] = [];
  for (const { name } of owned.rows) {
    const { rows } = (await house.core.db.execute(
      sql.raw(`select 1 from ${name} where user_id = '${userId}'`),
    )) as { rows: unknown[] };
    if (rows.length > 0) found.push(name);
  }
  return found;
}

describe.each(MODES)("when its time is over (%s)", (mode) => {
  beforeEach(() => enter(mode));

  it("R161 nothing of it is left that opens a door or tells the address", async () => {
    const { email, user, secret } = await enrolled();
    const trusting = visit();
    await login(trusting, email);
    await finish(trusting, "totp", await house.totpCode(secret), { trustDevice: "on" });
    await (await steppedUp(user)).post("/settings/backup-codes", { intent: "regenerate" });
    await house.enrollPasskey(user);
    await schedule(await steppedUp(user));
    await visit().post("/forgot-password", { email });
    await house.clock.advance(days(14));
    await house.prune();
    expect(await tablesWith(user.id)).toEqual([]);
    const [row] = await house.core.db
      .select({ user: schema.users })
      .from(schema.users)
      .where(sql`id = ${user.id}`);
    if (mode === "hard") expect(row).toBeUndefined();
    else {
      expect(row?.user.disabledAt).not.toBeNull();
      expect(row?.user.email).not.toBe(email);
      expect(row?.user.favoriteColor).toBe(mode === "soft" ? "teal" : "none");
    }
    const mails = (await house.outbox()).filter(({ to }) => to === email);
    expect(mails[0]?.subject).toBe("deletion-done");
    const event = await house.expectAudit("account.deleted", user);
    expect(event).toMatchObject({ actorId: null, details: { mode }, ip: null });
    expect(closed.filter((one) => one.email === email)).toHaveLength(1);
    await house.clock.advance(days(2));
    await house.prune();
    const { rows } = (await house.core.db.execute(
      sql`select 1 from outbox where recipient = ${email}`,
    )) as { rows: unknown[] };
    expect(rows).toEqual([]);
  });

  it("R161 whoever has the address next inherits nothing", async () => {
    const { email, user, secret } = await enrolled();
    const old = visit();
    await login(old, email);
    await finish(old, "totp", await house.totpCode(secret), { trustDevice: "on" });
    const cookies = [...old.jar];
    await schedule(await steppedUp(user));
    await house.clock.advance(days(14));
    await house.prune();
    expect((await login(visit(), email)).status).toBe(401);

    const next = visit();
    await next.post("/register", { email, password: "seven purple elephants dancing" });
    const mail = await lastMail(house, email, "verify-email");
    await next.post("/verify-email", { intent: "code", code: mail.code });
    expect(hasSession(next)).toBe(true);
    const heir = await userByEmail(house, email);
    expect(heir.id).not.toBe(user.id);
    expect((await login(visit(), email)).status).toBe(401);
    expect(await loaderOf(await next.get("/settings/two-factor"), "settings/two-factor")).toEqual({
      ...{ enabledAt: null, isPending: false },
    });
    expect(
      await loaderOf(await next.get("/settings/trusted-devices"), "settings/trusted-devices"),
    ).toEqual([]);
    const told = await loaderOf<{ events: { action: string }[] }>(
      await next.get("/settings/activity"),
      "settings/activity",
    );
    expect(told.events.map(({ action }) => action)).not.toContain("totp.enabled");
    const ghost = visit();
    for (const [name, value] of cookies) ghost.jar.set(name, value);
    expect((await ghost.get("/secret")).status).toBe(302);
  });
});

describe("sweeping", () => {
  it("may be done again and again, and does not stop at one that fails", async () => {
    const stubborn = await person();
    await schedule(stubborn.visitor);
    kept = stubborn.email;
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const { email } = await gone();
    expect(logged).toHaveBeenCalledOnce();
    expect(String(logged.mock.calls[0]?.[0])).toContain(stubborn.user.id);
    logged.mockRestore();
    await expect(userByEmail(house, email)).rejects.toThrow();
    const count = closed.length;
    kept = null;
    await house.prune();
    await house.prune();
    expect(closed.length).toBe(count + 1);
    await expect(userByEmail(house, stubborn.email)).rejects.toThrow();
  });

  it("fails as a whole when the database is away, and blames no account", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const away = vi.spyOn(house.core.db, "transaction").mockRejectedValue(new Error("away"));
    await expect(house.core.house.deleteExpired()).rejects.toThrow("away");
    away.mockRestore();
    expect(logged).not.toHaveBeenCalled();
    logged.mockRestore();
  });

  it("a deletion that is done, or taken back elsewhere, cannot be taken back", async () => {
    const { visitor, email } = await person();
    await schedule(visitor);
    const back = visit();
    await login(back, email);
    await house.core.db.delete(schema.accountDeletions);
    expect((await back.get(PAGE)).headers.get("Location")).toContain("/login");
    expect(await cancelled(back)).toBe(EXPIRED);
  });
});

describe("the export", () => {
  it("R161 has what the house, its features and the app know, and no secret", async () => {
    const { email, user } = await enrolled();
    await house.enrollPasskey(user);
    const visitor = await steppedUp(user);
    const { data } = await actionOf<{ data: ExportedUser }>(
      await visitor.post(PAGE, { intent: "export" }),
    );
    expect(data).toMatchObject({
      user: { id: user.id, email, favoriteColor: "teal" },
      sessions: [{ device: expect.any(String) }],
      features: {
        ...{ totp: { enabledAt: expect.any(String) }, trustedDevices: [] },
        passkeys: [{ name: expect.any(String) }],
      },
      app: { poems: [`to ${email}`] },
    });
    const actions = (data.activity as { action: string }[]).map(({ action }) => action);
    await house.expectAudit("account.exported", user);
    expect(actions).toEqual(expect.arrayContaining(["user.registered", "account.exported"]));
    expect(JSON.stringify(data)).not.toMatch(/argon2|hash|"secret"|publicKey|credentialId/i);
  });

  it("has null for the app where the app adds nothing", async () => {
    const plain = await openHouse();
    house = plain;
    handle = pages(plain);
    const { visitor } = await person();
    const answer = await visitor.post(PAGE, { intent: "export" });
    expect((await actionOf<{ data: { app: null } }>(answer)).data.app).toBeNull();
  });
});

it("refuses to anonymise without being told what is left", () => {
  const options = {
    table: schema.accountDeletions,
    users: schema.users,
    mode: "anonymise",
  } as const;
  expect(() => accountDeletion(options)).toThrow(/blank/);
});
