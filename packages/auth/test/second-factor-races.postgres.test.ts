import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { minutes, seconds } from "../src/duration.ts";
import { type Browser, browser } from "./browser.ts";
import { actionOf, finish, hasSession } from "./factors.ts";
import { lastMail, login, newUser, register, userByEmail } from "./people.ts";
import { openNode, openNodes, race } from "./postgres.ts";
import * as schema from "./schema.ts";

const CROWD = 50;
const rounds = [1, 2, 3];

let pair: Awaited<ReturnType<typeof openNodes>>;
beforeAll(async () => {
  pair = await openNodes();
});

let visitors = 0;
/** A browser in a network of its own, talking to whichever node is next. */
function visit(): Browser {
  visitors += 1;
  return browser(pair.next().handle, { ip: `10.1.${visitors >> 8}.${visitors & 255}` });
}

/** The same browser as the server sees it, in another network and maybe at the other node. */
function twinOf({ jar }: Browser): Browser {
  const twin = visit();
  for (const [name, value] of jar) twin.jar.set(name, value);
  return twin;
}

const house = () => pair.nodes[0].house;

async function enrolled() {
  const email = await register(house(), visit());
  const user = await userByEmail(house(), email);
  return { email, user, secret: await house().enrollTotp(user) };
}

async function challenged({ email }: { email: string }): Promise<Browser> {
  const visitor = visit();
  await login(visitor, email);
  return visitor;
}

async function steppedUp(user: { id: string }): Promise<Browser> {
  const visitor = visit();
  visitor.adopt(await house().steppedUp(user));
  return visitor;
}

async function sessionsOf({ id }: { id: string }): Promise<number> {
  const mine = eq(schema.sessions.userId, id);
  const { db } = house().core;
  return (await db.select({ id: schema.sessions.id }).from(schema.sessions).where(mine)).length;
}

/** With no limit in the way all of the crowd meets what is behind it. */
async function withoutLimits<Result>(run: () => Promise<Result>): Promise<Result> {
  await pair.liftLimits();
  const result = await run();
  await pair.restoreLimits();
  return result;
}

async function backupCodesOf(user: { id: string }): Promise<string[]> {
  const visitor = await steppedUp(user);
  const made = await visitor.post("/settings/backup-codes", { intent: "regenerate" });
  return (await actionOf<{ codes: string[] }>(made)).codes;
}

describe("fifty at once", () => {
  it.each(rounds)("R107 with one code and one challenge are one session (round %i)", async () => {
    const person = await enrolled();
    const visitor = await challenged(person);
    const code = await house().totpCode(person.secret);
    const twins = await withoutLimits(() =>
      race(CROWD, async () => {
        const twin = twinOf(visitor);
        await finish(twin, "totp", code);
        return twin;
      }),
    );
    expect(twins.filter(hasSession)).toHaveLength(1);
    expect(await sessionsOf(person.user)).toBe(1);
  });

  it.each(rounds)("R107 with two codes for one challenge are one session (round %i)", async () => {
    const person = await enrolled();
    const codes = await backupCodesOf(person.user);
    const before = await sessionsOf(person.user);
    const visitor = await challenged(person);
    const twins = await withoutLimits(() =>
      race(CROWD, async (n) => {
        const twin = twinOf(visitor);
        await finish(twin, "backup-code", codes[n % 10] as string);
        return twin;
      }),
    );
    expect(twins.filter(hasSession)).toHaveLength(1);
    expect(await sessionsOf(person.user)).toBe(before + 1);
    const [left] = await house()
      .core.db.select({ hashes: schema.backupCodes.hashes })
      .from(schema.backupCodes)
      .where(eq(schema.backupCodes.userId, person.user.id));
    expect(left?.hashes).toHaveLength(9);
  });

  it.each(rounds)("R50 step up once with one code (round %i)", async () => {
    const person = await enrolled();
    const browsers: Browser[] = [];
    for (let n = 0; n < CROWD; n++) {
      const visitor = visit();
      visitor.adopt(await house().signInAs(person.user));
      browsers.push(visitor);
    }
    const code = await house().totpCode(person.secret);
    await withoutLimits(() =>
      race(CROWD, (n) => (browsers[n] as Browser).post("/step-up", { intent: "totp", code })),
    );
    const strong = await race(CROWD, async (n) => (browsers[n] as Browser).get("/strong"));
    expect(strong.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each(rounds)("R106 step up once with one backup code (round %i)", async () => {
    const person = await enrolled();
    const [code = ""] = await backupCodesOf(person.user);
    const browsers: Browser[] = [];
    for (let n = 0; n < CROWD; n++) {
      const visitor = visit();
      visitor.adopt(await house().signInAs(person.user));
      browsers.push(visitor);
    }
    const form = { intent: "backup-code", code };
    await withoutLimits(() => race(CROWD, (n) => (browsers[n] as Browser).post("/step-up", form)));
    const strong = await race(CROWD, async (n) => (browsers[n] as Browser).get("/strong"));
    expect(strong.filter(({ status }) => status === 200)).toHaveLength(1);
    const mails = (await house().outbox()).filter(({ to }) => to === person.email);
    expect(mails.filter(({ subject }) => subject === "backup-code-used")).toHaveLength(1);
  });

  it.each(rounds)("confirm one enrolment, and one owner is told (round %i)", async () => {
    const visitor = visit();
    const email = await register(house(), visitor);
    const begun = await visitor.post("/settings/two-factor", { intent: "enroll" });
    const { secret } = await actionOf<{ secret: string }>(begun);
    const code = await house().totpCode(secret);
    await withoutLimits(() =>
      race(CROWD, () => twinOf(visitor).post("/settings/two-factor", { intent: "confirm", code })),
    );
    const mails = (await house().outbox()).filter(({ to }) => to === email);
    expect(mails.filter(({ subject }) => subject === "totp-enabled")).toHaveLength(1);
    const late = await challenged({ email });
    await finish(late, "totp", code);
    expect(hasSession(late)).toBe(false);
  });

  it.each(rounds)("R112 with one trusted browser's token are one login (round %i)", async () => {
    const person = await enrolled();
    const visitor = await challenged(person);
    const code = await house().totpCode(person.secret);
    await finish(visitor, "totp", code, { trustDevice: "on" });
    await visitor.post("/logout");
    const twins = await withoutLimits(() =>
      race(CROWD, async () => {
        const twin = twinOf(visitor);
        await login(twin, person.email);
        return twin;
      }),
    );
    // Hashing so many passwords at once may be too much; busy is no way in either.
    expect(twins.filter(hasSession).length).toBeLessThanOrEqual(1);
    const [winner] = twins.filter(hasSession);
    expect(winner ?? twins.find(({ jar }) => jar.has("__Host-login"))).toBeDefined();
  });

  it.each(rounds)("log in once with one code by mail (round %i)", async () => {
    const user = await newUser(house());
    const visitor = visit();
    await visitor.post("/login/email-code", { intent: "request", email: user.email });
    const { code } = await lastMail(house(), user.email, "email-code");
    await withoutLimits(() =>
      race(CROWD, () => twinOf(visitor).post("/login/email-code", { intent: "code", code })),
    );
    expect(await sessionsOf(user)).toBe(1);
  });

  it.each(rounds)("make backup codes anew, and one whole set is good (round %i)", async () => {
    const { user } = await enrolled();
    const visitor = await steppedUp(user);
    const sets = await race(CROWD, async () => {
      const made = await twinOf(visitor).post("/settings/backup-codes", { intent: "regenerate" });
      return (await actionOf<{ codes: string[] }>(made)).codes;
    });
    const { auth: _, core } = house();
    const [row] = await core.db
      .select({ hashes: schema.backupCodes.hashes })
      .from(schema.backupCodes)
      .where(eq(schema.backupCodes.userId, user.id));
    expect(row?.hashes).toHaveLength(10);
    let good = 0;
    for (const codes of sets) {
      const other = visit();
      other.adopt(await house().signInAs(user));
      const form = { intent: "backup-code", code: codes[0] as string };
      await withoutLimits(() => other.post("/step-up", form));
      if ((await other.get("/strong")).status === 200) good += 1;
    }
    expect(good).toBe(1);
  });
});

describe("a login in flight while the first factor is set up", () => {
  it.each(rounds)("R109 R113 leaves no session without it (round %i)", async () => {
    const url = pair.url;
    const waiting = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow = await openNode(url, {
      secret: pair.secret,
      hooks: {
        async onLogin() {
          waiting.resolve();
          await release.promise;
        },
      },
    });
    const owner = visit();
    const email = await register(house(), owner);
    const begun = await owner.post("/settings/two-factor", { intent: "enroll" });
    const { secret } = await actionOf<{ secret: string }>(begun);
    const thief = browser(slow.handle, { ip: "10.2.0.1" });
    const entering = login(thief, email);
    await waiting.promise;
    const code = await house().totpCode(secret);
    const confirmed = owner.post("/settings/two-factor", { intent: "confirm", code });
    await new Promise((resolve) => setTimeout(resolve, 300));
    release.resolve();
    await entering;
    expect((await confirmed).status).toBe(302);
    expect((await owner.get("/strong")).status).toBe(200);
    expect((await thief.get("/secret")).status).toBe(302);
  });
});

describe("a login in flight while the last factor is taken away", () => {
  const LOGINS: [string, (visitor: Browser, email: string) => Promise<Response>][] = [
    ["a password", (visitor, email) => login(visitor, email)],
    [
      "a code by mail",
      async (visitor, email) => {
        const { code } = await lastMail(house(), email, "email-code");
        return visitor.post("/login/email-code", { intent: "code", code });
      },
    ],
  ];

  it.each(LOGINS)("R108 waits or is waited for, never both, by %s", async (_what, enter) => {
    const person = await enrolled();
    const owner = await steppedUp(person.user);
    const visitor = await challenged(person);
    await visitor.post("/login/email-code", { intent: "request", email: person.email });
    const before = await deadlocks();
    await pair.nodes[0].client`create or replace function linger() returns trigger
      language plpgsql as 'begin perform pg_sleep(0.5); return coalesce(new, old); end'`;
    await pair.nodes[0].client`create trigger linger before insert or delete on tokens
      for each row execute function linger()`;
    const entering = enter(visitor, person.email);
    await someoneLingers();
    const disabled = await owner.post("/settings/two-factor", { intent: "disable" });
    await entering;
    await pair.nodes[0].client`drop trigger linger on tokens`;
    expect(disabled.status).toBe(302);
    expect(await deadlocks()).toBe(before);
  });

  async function someoneLingers(): Promise<void> {
    for (;;) {
      const lingering = await pair.nodes[0].client`select from pg_stat_activity
        where wait_event = 'PgSleep' and datname = current_database()`;
      if (lingering.length > 0) return;
    }
  }

  /** How often PostgreSQL had to end a transaction, because it and another waited for each other. */
  async function deadlocks(): Promise<number> {
    // A connection tells what it has counted when it is asked to.
    for (const { client } of pair.nodes) {
      await race(10, () => client`select pg_stat_force_next_flush(), pg_sleep(0.05)`);
    }
    const [row] = await pair.nodes[0].client`select deadlocks from pg_stat_database
      where datname = current_database()`;
    return Number(row?.deadlocks);
  }
});

describe("guessing at once", () => {
  it.each(rounds)(
    "R105 a hundred wrong codes of all factors are five tries (round %i)",
    async () => {
      const person = await enrolled();
      const visitor = await challenged(person);
      const answers = await race(100, (n) =>
        finish(twinOf(visitor), n % 2 ? "totp" : "backup-code", String(n).padStart(6, "0")),
      );
      const looked = answers.filter(({ status }) => status === 400);
      expect([looked.length, answers.length - looked.length]).toEqual([5, 95]);
      for (const { status, headers } of answers) {
        if (status !== 400) expect([status, headers.get("Retry-After")]).toEqual([429, "1"]);
      }
    },
  );

  it("R105 ten tries in all, however they are spread, and the owner is told once", async () => {
    const person = await enrolled();
    let looked = 0;
    for (let wave = 0; wave < 12; wave++) {
      const visitor = await challenged(person);
      const answers = await race(20, () => finish(twinOf(visitor), "totp", "000000"));
      looked += answers.filter(({ status }) => status === 400).length;
      await house().clock.advance(seconds(20));
    }
    expect(looked).toBe(10);
    const mails = (await house().outbox()).filter(({ to }) => to === person.email);
    expect(mails.filter(({ subject }) => subject === "second-factor-locked")).toHaveLength(1);
    await house().clock.advance(minutes(15));
    const owner = await challenged(person);
    await finish(owner, "totp", await house().totpCode(person.secret));
    expect(hasSession(owner)).toBe(true);
  });
});
