import { and, eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../src/database.ts";
import { seconds } from "../src/duration.ts";
import { rateLimitsStore } from "../src/features/rate-limits/store.ts";
import { PURPOSES } from "../src/features/tokens/purposes.ts";
import { tokens } from "../src/features/tokens/tokens.ts";
import { type Browser, browser, crowd, pageOf } from "./browser.ts";
import { RIGHT_CODE } from "./fake-factor.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import { openNodes, race } from "./postgres.ts";
import * as schema from "./schema.ts";

const CROWD = 50;
const ROUNDS = 4;
const rounds = Array.from({ length: ROUNDS }, (_, round) => round + 1);

let pair: Awaited<ReturnType<typeof openNodes>>;
beforeAll(async () => {
  pair = await openNodes();
});

/** A browser in a network of its own, talking to whichever node is next. */
const visit = crowd(() => pair.next().handle);

/** The same browser as the server sees it, in another network and maybe at the other node. */
function twinOf({ jar }: Browser): Browser {
  const twin = visit();
  for (const [name, value] of jar) twin.jar.set(name, value);
  return twin;
}

const house = () => pair.nodes[0].house;

/** Busy is no answer: whoever is told to come back does. */
async function patiently(ask: () => Promise<Response>): Promise<Response> {
  const response = await ask();
  return response.status === 503 ? patiently(ask) : response;
}

/** A crowd of twins does the same thing at once; how often each outcome came. */
async function outcomesOf(origin: Browser, act: (twin: Browser) => Promise<Response>) {
  const seen: Record<string, number> = {};
  await race(CROWD, async () => {
    const twin = twinOf(origin);
    twin.jar.delete("__Host-session");
    const response = await patiently(() => act(twin));
    const outcome = `${response.status}${twin.jar.has("__Host-session") ? " signed in" : ""}`;
    seen[outcome] = (seen[outcome] ?? 0) + 1;
  });
  return seen;
}

async function registered() {
  const visitor = visit();
  const email = newAddress("racer");
  await visitor.post("/register", { email, password: PASSWORD });
  return { visitor, email, mail: await lastMail(house(), email) };
}

/** The link to this page in the newest mail to this address. */
async function linkTo(email: string, path: string): Promise<string> {
  const mail = (await house().outbox()).find(({ to }) => to === email);
  const link = new RegExp(`https://app\\.test(${path}\\?token=\\S+)`).exec(mail?.text ?? "");
  return link?.[1] ?? "";
}

async function sessionsOf(email: string): Promise<number> {
  const { id } = await userByEmail(house(), email);
  const mine = eq(schema.sessions.userId, id);
  return (
    await house().core.db.select({ id: schema.sessions.id }).from(schema.sessions).where(mine)
  ).length;
}

describe("R100 fifty registrations of one address at once, in every spelling", () => {
  function spelling(email: string, n: number): string {
    return [...email]
      .map((letter, at) => ((n >> (at % 5)) & 1 ? letter.toUpperCase() : letter))
      .join("");
  }

  async function registerAll(email: string) {
    return race(CROWD, async (n) => {
      const visitor = visit();
      const form = { email: spelling(email, n), password: PASSWORD };
      const response = await patiently(() => visitor.post("/register", form));
      const cookies = [...visitor.jar.keys()].join();
      return `${response.status} ${response.headers.get("Location")} ${cookies}`;
    });
  }

  it("make one user and fifty equal answers", async () => {
    await pair.liftLimits();
    for (const _ of rounds) {
      const email = newAddress("same");
      expect(new Set(await registerAll(email))).toEqual(new Set(["302 /verify-email __Host-flow"]));
      const mails = (await house().outbox()).filter(({ to }) => to === email);
      const kinds = mails.map(({ subject }) => subject).sort();
      expect(kinds).toEqual([...Array(CROWD - 1).fill("already-registered"), "verify-email"]);
      expect((await userByEmail(house(), email)).email).toBe(email);
    }
    await pair.restoreLimits();
  });

  it("R30 send five mails where limits hold, and are told to wait after that", async () => {
    const email = newAddress("same");
    const answers = await registerAll(email);
    const neutral = answers.filter((answer) => answer === "302 /verify-email __Host-flow");
    expect([neutral.length, new Set(answers).size]).toEqual([5, 2]);
    expect(answers).toContain("429 null ");
  });
});

describe("one secret, fifty browsers at once", () => {
  it.each(rounds)("R88 R91 the right code lets one in (round %i)", async () => {
    const { visitor, email, mail } = await registered();
    const form = { intent: "code", code: mail.code };
    await pair.liftLimits();
    const outcomes = await outcomesOf(visitor, (twin) => twin.post("/verify-email", form));
    await pair.restoreLimits();
    expect(outcomes).toEqual({ "302 signed in": 1, 400: CROWD - 1 });
    expect(await sessionsOf(email)).toBe(1);
  });

  it.each(rounds)("R88 the verification link lets one in (round %i)", async () => {
    const { visitor, email, mail } = await registered();
    await visitor.get(mail.path);
    const form = { intent: "confirm" };
    const outcomes = await outcomesOf(visitor, (twin) => twin.post("/verify-email", form));
    expect(outcomes).toEqual({ "302 signed in": 1, 400: CROWD - 1 });
    expect(await sessionsOf(email)).toBe(1);
  });

  it.each(rounds)("R88 F22 the link to log in with lets one in (round %i)", async () => {
    const visitor = visit();
    const email = await register(house(), visit());
    const before = await sessionsOf(email);
    await visitor.post("/login/magic-link", { intent: "request", email });
    await visitor.get((await lastMail(house(), email, "magic-link")).path);
    await pair.liftLimits();
    const form = { intent: "confirm" };
    const outcomes = await outcomesOf(visitor, (twin) => twin.post("/login/magic-link", form));
    await pair.restoreLimits();
    expect(outcomes["302 signed in"]).toBe(1);
    expect(await sessionsOf(email)).toBe(before + 1);
  });

  it.each([1, 2])("R88 R134 the same for an address that was never proven (round %i)", async () => {
    const { email } = await registered();
    const visitor = visit();
    await visitor.post("/login/magic-link", { intent: "request", email });
    await visitor.get((await lastMail(house(), email, "magic-link")).path);
    const form = { intent: "confirm" };
    const outcomes = await outcomesOf(visitor, (twin) => twin.post("/login/magic-link", form));
    expect(outcomes["302 signed in"]).toBe(1);
    expect(await sessionsOf(email)).toBe(1);
  });

  it.each([1, 2])("R88 the reset link sets one password (round %i)", async () => {
    const visitor = visit();
    const email = await register(house(), visit());
    await visitor.post("/forgot-password", { email });
    await visitor.get((await lastMail(house(), email)).path);
    let n = 0;
    const winners: string[] = [];
    const outcomes = await outcomesOf(visitor, async (twin) => {
      const password = `purple elephants dancing ${n++}`;
      const response = await twin.post("/reset-password", { password });
      if (response.status === 302) winners.push(password);
      return response;
    });
    expect(outcomes).toEqual({ 302: 1, 400: CROWD - 1 });
    const mails = (await house().outbox()).filter(({ to }) => to === email);
    expect(mails.filter(({ subject }) => subject === "password-changed")).toHaveLength(1);
    const [password = ""] = winners;
    expect((await visit().post("/login", { email, password })).status).toBe(302);
  });

  it.each([
    ["to keep an address", "/settings/email/cancel", "email.change-cancelled"],
    ["of a notice", "/not-me", "account.disowned"],
  ] as const)("R88 the link %s is good for one", async (_name, path, action) => {
    const owner = visit();
    const email = await register(house(), owner);
    await owner.post("/settings/email", { email: newAddress("moved") });
    const visitor = visit();
    await visitor.get(await linkTo(email, path));
    const seen = await outcomesOf(visitor, (twin) => twin.post(path));
    expect(seen).toEqual({ 200: 1, 400: CROWD - 1 });
    const { id } = await userByEmail(house(), email);
    const events = await house()
      .core.db.select({ id: schema.auditEvents.id })
      .from(schema.auditEvents)
      .where(and(eq(schema.auditEvents.subjectId, id), eq(schema.auditEvents.action, action)));
    expect(events).toHaveLength(1);
  });

  it.each(rounds)("R88 R107 the challenge becomes one session (round %i)", async () => {
    const email = await register(house(), visit());
    pair.enroll((await userByEmail(house(), email)).id);
    const visitor = visit();
    await login(visitor, email);
    const before = await sessionsOf(email);
    const form = { code: RIGHT_CODE };
    const outcomes = await outcomesOf(visitor, (twin) => twin.post("/login/second-factor", form));
    expect(outcomes).toEqual({ "302 signed in": 1, 302: CROWD - 1 });
    expect(await sessionsOf(email)).toBe(before + 1);
  });

  it("R88 a token of any purpose is taken once, twenty times over", async () => {
    const user = await userByEmail(house(), await register(house(), visit()));
    for (const purpose of Object.keys(PURPOSES) as (keyof typeof PURPOSES)[]) {
      for (let round = 0; round < 20; round++) {
        const { token } = await tokens(house().core).issue({ purpose, user });
        const taken = await race(CROWD, () => tokens(pair.next().house.core).take(purpose, token));
        expect(taken.filter(Boolean)).toHaveLength(1);
      }
    }
  });

  it("the race is real: looking first and deleting then lets several win", async () => {
    const user = await userByEmail(house(), await register(house(), visit()));
    let winners = 0;
    for (let round = 0; round < 5; round++) {
      await tokens(house().core).issue({ purpose: "reset-password", user });
      const taken = await race(CROWD, () => takeNaively(pair.next().house.core.db, user.id));
      winners += taken.filter(Boolean).length;
    }
    expect(winners).toBeGreaterThan(10);
  });

  async function takeNaively(db: Database, userId: string): Promise<boolean> {
    const mine = eq(schema.tokens.userId, userId);
    const [found] = await db
      .select({ hash: schema.tokens.tokenHash })
      .from(schema.tokens)
      .where(mine);
    if (found) await db.delete(schema.tokens).where(mine);
    return found !== undefined;
  }
});

describe("R95 changes of address at once", () => {
  /** Signed in, with a link to this address that waits for its button. */
  async function moving(wanted: string) {
    const visitor = visit();
    const email = await register(house(), visitor);
    await visitor.post("/settings/email", { email: wanted });
    await visitor.get((await lastMail(house(), wanted, "confirm-email")).path);
    return { visitor, email };
  }

  const confirm = (visitor: Browser) =>
    patiently(() => twinOf(visitor).post("/settings/email/confirm"));

  it.each(rounds)("R100 to one address are one change, and no error (round %i)", async () => {
    await pair.liftLimits();
    const wanted = newAddress("wanted");
    const movers: Browser[] = [];
    for (let n = 0; n < 6; n++) movers.push((await moving(wanted)).visitor);
    const answers = await race(6, (n) => confirm(movers[n] as Browser));
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 400, 400, 400, 400, 400]);
    expect((await userByEmail(house(), wanted)).emailVerifiedAt).toBeInstanceOf(Date);
    await pair.restoreLimits();
  });

  it("of one user, pressed fifty times, are one", async () => {
    const wanted = newAddress("wanted");
    const { visitor } = await moving(wanted);
    await pair.liftLimits();
    const answers = await race(CROWD, () => confirm(visitor));
    await pair.restoreLimits();
    expect(
      answers.filter(({ headers }) => headers.get("Location") === "/settings/email"),
    ).toHaveLength(1);
    const mails = (await house().outbox()).filter(({ to }) => to === wanted);
    expect(mails.filter(({ subject }) => subject === "email-change-completed")).toHaveLength(1);
  });

  it.each(rounds)(
    "and the owner's \"this wasn't me\" end with the owner, whoever was faster (round %i)",
    async () => {
      const wanted = newAddress("thief");
      const { visitor: thief, email } = await moving(wanted);
      const owner = visit();
      await owner.get(await linkTo(email, "/not-me"));
      const [disowned] = await Promise.all([
        patiently(() => twinOf(owner).post("/not-me")),
        confirm(thief),
      ]);
      expect(disowned?.status).toBe(200);
      const { id } = await userByEmail(house(), email);
      expect(await sessionsOf(email)).toBe(0);
      const waiting = await tokens(house().core).findByUser("confirm-email", id);
      expect(waiting).toBe(null);
      expect((await visit().post("/login", { email, password: PASSWORD })).status).toBe(401);
    },
  );
});

describe("issuing at once", () => {
  it("R87 leaves one live token per user and purpose, whoever was last", async () => {
    const user = await userByEmail(house(), await register(house(), visit()));
    for (const _ of rounds) {
      const issued = await race(CROWD, () =>
        tokens(pair.next().house.core).issue({ purpose: "reset-password", user }),
      );
      const found = await Promise.all(
        issued.map(({ token }) => tokens(house().core).find("reset-password", token)),
      );
      expect(found.filter(Boolean)).toHaveLength(1);
    }
  });
});

describe("guessing at once", () => {
  it.each(rounds)(
    "R91 a hundred wrong codes are five tries, and the right one comes too late (round %i)",
    async () => {
      const { visitor, email, mail } = await registered();
      const wrong = Array.from({ length: 1000 }, (_, n) => String(n).padStart(6, "0")).filter(
        (code) => code !== mail.code,
      );
      await pair.liftLimits();
      const answers = await race(100, (n) =>
        twinOf(visitor).post("/verify-email", { intent: "code", code: wrong[n] as string }),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
      const { id } = await userByEmail(house(), email);
      const [row] = await house()
        .core.db.select({ tries: schema.tokens.codeTries })
        .from(schema.tokens)
        .where(eq(schema.tokens.userId, id));
      expect(row?.tries).toBe(5);
      const late = await twinOf(visitor).post("/verify-email", { intent: "code", code: mail.code });
      expect((await pageOf(late)).actionData?.["verify-email"]?.reason).toBe("code_wrong");
      await pair.restoreLimits();
    },
  );

  it.each(["known", "nobody"])(
    "R20 R22 a hundred wrong passwords for a %s address are five tries",
    async (who) => {
      const email = who === "known" ? await register(house(), visit()) : newAddress("nobody");
      const answers = await race(100, () =>
        visit().post("/login", { email, password: "wrong horse battery staple" }),
      );
      const looked = answers.filter(({ status }) => status === 401);
      const refused = answers.filter(({ status }) => status === 429);
      expect([looked.length, refused.length]).toEqual([5, 95]);
      for (const { headers } of refused) expect(headers.get("Retry-After")).toBe("1");
    },
  );
});

describe("a session that is renewed and ended at once", () => {
  it.each(rounds)("R33 R38 is dead under every token it had (round %i)", async () => {
    const here = visit();
    const email = await register(house(), here);
    const there = browser(pair.next().handle, { userAgent: "Firefox/144.0 (Windows NT 10.0)" });
    await login(there, email);
    const { loaderData } = await pageOf(await here.get("/settings/sessions"));
    const listed = loaderData["settings/sessions"] as { id: string; device: string }[];
    const id = listed.find(({ device }) => device.includes("Windows"))?.id ?? "none";
    const twins = Array.from({ length: 4 }, () => twinOf(there));
    const [revoked] = await Promise.all([
      twinOf(here).post("/settings/sessions", { intent: "revoke", id }),
      ...twins.map((twin) => twin.post("/step-up", { password: PASSWORD, returnTo: "/fresh" })),
    ]);
    expect(revoked?.status).toBe(200);
    for (const twin of [there, ...twins]) {
      expect((await twin.get("/secret")).status).toBe(302);
    }
    expect((await here.get("/secret")).status).toBe(200);
  });

  it.each(rounds)(
    "R33 renewed by four at once, has one token, and not the old one (round %i)",
    async () => {
      const visitor = visit();
      await register(house(), visitor);
      const twins = Array.from({ length: 4 }, () => twinOf(visitor));
      await Promise.all(twins.map((twin) => twin.post("/step-up", { password: PASSWORD })));
      const statuses = [];
      for (const twin of twins) statuses.push((await twin.get("/secret")).status);
      expect(statuses.sort()).toEqual([200, 302, 302, 302]);
      expect((await visitor.get("/secret")).status).toBe(302);
    },
  );
});

describe("while time passes", () => {
  beforeAll(() => pair.letTimePass());

  it("R22 the tries that are free are free, also at the same moment", async () => {
    for (let round = 0; round < 10; round++) {
      const email = newAddress("nobody");
      const answers = await race(5, () =>
        visit().post("/login", { email, password: "wrong horse" }),
      );
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    }
  });

  it("R22 a sliding window never lets in more than its count", async () => {
    await logHits();
    const window = seconds(0.2);
    const ends = Date.now() + 3_000;
    await race(40, async () => {
      while (Date.now() < ends) {
        const { core } = pair.next().house;
        await rateLimitsStore(core).hitWindow("window", 5, window);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      }
    });
    const moments = await loggedHits();
    expect(moments.length).toBeGreaterThan(50);
    const closest = Math.min(
      ...moments.slice(5).map((at, index) => at - (moments[index] as number)),
    );
    expect(closest).toBeGreaterThanOrEqual(window);
  });

  async function logHits(): Promise<void> {
    const { client } = pair.nodes[0];
    await client`create table hit_log (at timestamptz not null)`;
    await client`create function log_hit() returns trigger language plpgsql as
      'begin if new.admitted then insert into hit_log values (new.hits[cardinality(new.hits)]); end if; return new; end'`;
    await client`create trigger log_hit after insert or update on rate_limits
      for each row when (new.key = 'window') execute function log_hit()`;
  }

  async function loggedHits(): Promise<number[]> {
    const rows = await pair.nodes[0]
      .client`select extract(epoch from at)::float8 as at from hit_log order by at`;
    return rows.map(({ at }) => at);
  }
});
