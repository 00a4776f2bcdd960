import { sql } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Hooks, transition } from "../src/core.ts";
import type { Database } from "../src/database.ts";
import { seconds } from "../src/duration.ts";
import { lostARace } from "../src/failures.ts";
import { type Browser, browser, crowd } from "./browser.ts";
import { RIGHT_CODE } from "./fake-factor.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import { type Node, newDatabase, openNode, pool, race } from "./postgres.ts";
import * as schema from "./schema.ts";

const HOOKS = [
  ...(["onRegister", "onLogin", "onEmailVerified", "onPasswordChange", "onEmailChange"] as const),
  ...(["onAccountClosed", "onDataExport"] as const),
] as const;
const MAGIC = "/login/magic-link";
const NEW_PASSWORD = "seven purple elephants dancing";

const DELETION = "/settings/delete-account";

/** The hook that throws just now. */
let failing: string | null = null;
const called: string[] = [];
const hooks = Object.fromEntries(
  HOOKS.map((name) => [
    name,
    async () => {
      called.push(name);
      if (failing === name) throw new Error("the app said no");
    },
  ]),
) as Hooks;

let url: string;
let node: Node;
/** A connection that no fault of the app's ends. */
let admin: ReturnType<typeof pool>;
beforeAll(async () => {
  url = await newDatabase();
  node = await open();
  admin = pool(url, { max: 1 });
});
beforeEach(() => {
  failing = null;
});

function open(): Promise<Node> {
  // Waits are found out at once, so that a test need not.
  const connection = { deadlock_timeout: "50ms" };
  return openNode(url, { hooks }, { prepare: false, connection });
}

const visit = crowd(() => node.handle);

/** Something a visitor does that changes more than one table, and what it takes to get there. */
interface Step {
  visitor: Browser;
  act(): Promise<Response>;
}

const STEPS: Record<string, () => Promise<Step>> = {
  async registering() {
    const visitor = visit();
    const form = { email: newAddress(), password: PASSWORD };
    return { visitor, act: () => visitor.post("/register", form) };
  },
  async "proving the address"() {
    const visitor = visit();
    const email = newAddress();
    await visitor.post("/register", { email, password: PASSWORD });
    await visitor.get((await lastMail(node.house, email)).path);
    return { visitor, act: () => visitor.post("/verify-email", { intent: "confirm" }) };
  },
  async "logging in"() {
    const email = await register(node.house, visit());
    const visitor = visit();
    return { visitor, act: () => login(visitor, email) };
  },
  async "owing a second factor"() {
    const email = await register(node.house, visit());
    node.house.enrolled.add((await userByEmail(node.house, email)).id);
    const visitor = visit();
    return { visitor, act: () => login(visitor, email) };
  },
  async "giving the second factor"() {
    const { visitor, act } = await (STEPS["owing a second factor"] as () => Promise<Step>)();
    await act();
    return { visitor, act: () => visitor.post("/login/second-factor", { code: RIGHT_CODE }) };
  },
  async "asking for a reset"() {
    const email = await register(node.house, visit());
    const visitor = visit();
    return { visitor, act: () => visitor.post("/forgot-password", { email }) };
  },
  async "resetting the password"() {
    const email = await register(node.house, visit());
    const visitor = visit();
    await visitor.post("/forgot-password", { email });
    await visitor.get((await lastMail(node.house, email)).path);
    return { visitor, act: () => visitor.post("/reset-password", { password: NEW_PASSWORD }) };
  },
  async "resetting the password before the address was proven"() {
    const visitor = visit();
    const email = newAddress();
    await visitor.post("/register", { email, password: PASSWORD });
    await visitor.post("/forgot-password", { email });
    await visitor.get((await lastMail(node.house, email, "reset-password")).path);
    return { visitor, act: () => visitor.post("/reset-password", { password: NEW_PASSWORD }) };
  },
  async "changing the password"() {
    const visitor = visit();
    const email = await register(node.house, visitor);
    await login(visit(), email);
    const form = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    return { visitor, act: () => visitor.post("/settings/password", form) };
  },
  async "asking for another address"() {
    const visitor = visit();
    await register(node.house, visitor);
    const form = { email: newAddress("moved") };
    return { visitor, act: () => visitor.post("/settings/email", form) };
  },
  async "moving to another address"() {
    const visitor = visit();
    await login(visit(), await register(node.house, visitor));
    const email = newAddress("moved");
    await visitor.post("/settings/email", { email });
    await visitor.get((await lastMail(node.house, email, "confirm-email")).path);
    return { visitor, act: () => visitor.post("/settings/email/confirm") };
  },
  async "taking another address back"() {
    const visitor = visit();
    await register(node.house, visitor);
    await visitor.post("/settings/email", { email: newAddress("moved") });
    return { visitor, act: () => visitor.post("/settings/email", { intent: "cancel" }) };
  },
  async "asking for a link to log in with"() {
    const email = await register(node.house, visit());
    const visitor = visit();
    return { visitor, act: () => visitor.post(MAGIC, { intent: "request", email }) };
  },
  async "logging in by a link"() {
    const { visitor, act } = await (
      STEPS["asking for a link to log in with"] as () => Promise<Step>
    )();
    await act();
    const [mail] = await node.house.outbox();
    await visitor.get((await lastMail(node.house, mail?.to ?? "", "magic-link")).path);
    return { visitor, act: () => visitor.post(MAGIC, { intent: "confirm" }) };
  },
  async "saying that it was not me"() {
    const thief = visit();
    const email = await register(node.house, thief);
    await node.house.clock.advance(seconds(1));
    const away = newAddress("thief");
    await thief.post("/settings/email", { email: away });
    await thief.get((await lastMail(node.house, away, "confirm-email")).path);
    await thief.post("/settings/email/confirm");
    const visitor = visit();
    await visitor.get((await lastMail(node.house, email, "email-changed")).path);
    return { visitor, act: () => visitor.post("/not-me") };
  },
  async "stepping up"() {
    const visitor = visit();
    await register(node.house, visitor);
    return { visitor, act: () => visitor.post("/step-up", { password: PASSWORD }) };
  },
  async "ending the other sessions"() {
    const visitor = visit();
    await login(visit(), await register(node.house, visitor));
    const form = { intent: "revoke-others" };
    return { visitor, act: () => visitor.post("/settings/sessions", form) };
  },
  async "wishing to be deleted"() {
    const visitor = visit();
    await register(node.house, visitor);
    return { visitor, act: () => visitor.post(DELETION, { intent: "schedule" }) };
  },
  async "taking the deletion back"() {
    const visitor = visit();
    const email = await register(node.house, visitor);
    await visitor.post(DELETION, { intent: "schedule" });
    await login(visitor, email);
    // So that no mail waits to be sent while nothing can be written.
    await node.house.outbox();
    return { visitor, act: () => visitor.post(DELETION, { intent: "cancel" }) };
  },
  async "logging out"() {
    const visitor = visit();
    await register(node.house, visitor);
    return { visitor, act: () => visitor.post("/logout") };
  },
};

/** Every row there is, but for the limits, which count what failed too. */
async function everything(): Promise<string> {
  const tables = [
    ...["users", "passwords", "sessions", "rotated_tokens", "tokens", "account_deletions"],
    ...["audit_events", "outbox"],
  ];
  const rows = tables.map((table) =>
    node.client.unsafe(`select t::text as row from ${table} t order by 1`),
  );
  return JSON.stringify(await Promise.all(rows), null, 1);
}

/** Does it, and expects a failure that left nothing behind: no row, no mail, no cookie. */
async function expectNothingFrom({ visitor, act }: Step, status = 500): Promise<void> {
  const mails = (await node.house.outbox()).length;
  const before = await everything();
  const cookies = [...visitor.jar].filter(([name]) => name !== "__Host-flow");
  const response = await act();
  expect(response.status).toBe(status);
  expect(await response.text()).not.toMatch(/app said no|refused by the test/);
  expect(await everything()).toBe(before);
  expect(await node.house.outbox()).toHaveLength(mails);
  expect([...visitor.jar].filter(([name]) => name !== "__Host-flow")).toEqual(cookies);
}

describe("L3 a hook of the app that throws", () => {
  it.each([
    ["onRegister", "registering"],
    ["onEmailVerified", "proving the address"],
    ["onLogin", "logging in"],
    ["onLogin", "giving the second factor"],
    ["onPasswordChange", "changing the password"],
    ["onPasswordChange", "resetting the password"],
    ["onEmailChange", "moving to another address"],
    ["onEmailChange", "saying that it was not me"],
    ["onLogin", "logging in by a link"],
  ] as const)("leaves nothing of the change: %s while %s", async (hook, name) => {
    const step = await (STEPS[name] as () => Promise<Step>)();
    failing = hook;
    await expectNothingFrom(step);
    failing = null;
    expect([200, 302]).toContain((await step.act()).status);
  });

  it("onLogin right after a link was spent: the address stays proven, and the login can be repeated", async () => {
    const visitor = visit();
    const email = newAddress();
    await visitor.post("/register", { email, password: PASSWORD });
    await visitor.get((await lastMail(node.house, email)).path);
    failing = "onLogin";
    expect((await visitor.post("/verify-email", { intent: "confirm" })).status).toBe(500);
    expect(visitor.jar.has("__Host-session")).toBe(false);
    failing = null;
    expect((await login(visitor, email)).headers.get("Location")).toBe("/");
  });
});

describe("F9 a hook of the app", () => {
  it.each([
    ["registering", ["onRegister"]],
    ["proving the address", ["onEmailVerified", "onLogin"]],
    ["logging in", ["onLogin"]],
    ["owing a second factor", []],
    ["giving the second factor", ["onLogin"]],
    ["changing the password", ["onPasswordChange"]],
    ["resetting the password", ["onPasswordChange"]],
    [
      "resetting the password before the address was proven",
      ["onEmailVerified", "onPasswordChange"],
    ],
    ["asking for another address", []],
    ["moving to another address", ["onEmailChange"]],
    ["logging in by a link", ["onLogin"]],
    ["saying that it was not me", ["onEmailChange"]],
    ["stepping up", []],
    ["logging out", []],
  ])("is called while %s: %j", async (name, expected) => {
    const { act } = await (STEPS[name] as () => Promise<Step>)();
    called.length = 0;
    await act();
    expect(called).toEqual(expected);
  });
});

describe("L3 a row that cannot be written", () => {
  const tables = ["audit_events", "outbox", "tokens", "sessions", "passwords"] as const;
  const writes: Record<(typeof tables)[number], string[]> = {
    audit_events: Object.keys(STEPS),
    outbox: [
      "registering",
      "asking for a reset",
      "resetting the password",
      "changing the password",
      "asking for another address",
      "moving to another address",
      "asking for a link to log in with",
      "saying that it was not me",
      "wishing to be deleted",
      "taking the deletion back",
    ],
    tokens: [
      ...["registering", "owing a second factor", "asking for a reset"],
      ...["asking for another address", "moving to another address", "saying that it was not me"],
    ],
    sessions: ["logging in", "giving the second factor", "logging in by a link"],
    passwords: ["registering", "resetting the password", "changing the password"],
  };

  it.each(tables.flatMap((table) => writes[table].map((name) => [table, name] as const)))(
    "in %s undoes all of %s",
    async (table, name) => {
      const step = await (STEPS[name] as () => Promise<Step>)();
      await refuseWrites(table);
      await expectNothingFrom(step).finally(() => allowWrites(table));
      expect([200, 302]).toContain((await step.act()).status);
    },
  );

  async function refuseWrites(table: string): Promise<void> {
    await node.client`create or replace function refuse() returns trigger language plpgsql as
      'begin raise exception ''refused by the test''; end'`;
    await node.client.unsafe(
      `create trigger refuse before insert or update on ${table} for each row execute function refuse()`,
    );
  }

  async function allowWrites(table: string): Promise<void> {
    await node.client.unsafe(`drop trigger refuse on ${table}`);
  }
});

describe("L3 a commit that fails", () => {
  it.each([
    ["sessions", "logging in"],
    ["sessions", "giving the second factor"],
    ["sessions", "stepping up"],
    ["sessions", "changing the password"],
    ["tokens", "owing a second factor"],
    ["sessions", "logging in by a link"],
    ["sessions", "moving to another address"],
  ])("of %s gives no cookie for what is not there: %s", async (table, name) => {
    const step = await (STEPS[name] as () => Promise<Step>)();
    await node.client`create or replace function refuse() returns trigger language plpgsql as
      'begin raise exception ''refused by the test''; end'`;
    await node.client.unsafe(`create constraint trigger refuse after insert or update on ${table}
      deferrable initially deferred for each row execute function refuse()`);
    await expectNothingFrom(step).finally(() =>
      node.client.unsafe(`drop trigger refuse on ${table}`),
    );
    expect((await step.act()).status).toBe(302);
  });
});

describe("L3 R60 a database that is killed between the last statement and the commit", () => {
  // postgres.js 3.4.9 may hand out a dead connection for ever after.
  beforeEach(async () => {
    node = await open();
  });

  it.each(Object.keys(STEPS))("leaves nothing of %s, which works when it is back", async (name) => {
    const step = await (STEPS[name] as () => Promise<Step>)();
    await killAtCommit();
    await expectNothingFrom(step, 503).finally(() => admin`drop trigger die on audit_events`);
    expect([200, 302]).toContain((await step.act()).status);
  });

  /** The server ends the connection that commits an event. */
  async function killAtCommit(): Promise<void> {
    await admin`create or replace function die() returns trigger language plpgsql as
      'begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5); return null; end'`;
    await admin`create constraint trigger die after insert on audit_events
      deferrable initially deferred for each row execute function die()`;
  }
});

describe("R182 a transition that loses a race", () => {
  const lock = (tx: Database, email: string) =>
    tx.execute(sql`select 1 from users where email = ${email} for update`);

  it("is repeated, and both of two that wait for each other are done", async () => {
    const addresses = [newAddress(), newAddress()] as const;
    for (const email of addresses) await register(node.house, visit(), email);
    let runs = 0;
    let locked = 0;
    let met: () => void = () => {};
    const both = new Promise<void>((resolve) => {
      met = resolve;
    });
    const done = await race(2, (n) =>
      transition(node.house.core, async (tx) => {
        runs += 1;
        await lock(tx, addresses[n] as string);
        locked += 1;
        if (locked === 2) met();
        await both;
        await lock(tx, addresses[1 - n] as string);
        return n;
      }),
    );
    expect([done, runs]).toEqual([[0, 1], 3]);
  });

  it("is given up after three more tries", async () => {
    let runs = 0;
    const hopeless = transition(node.house.core, async (tx) => {
      runs += 1;
      await tx.execute(sql`do $$ begin raise sqlstate '40001'; end $$`);
    });
    await expect(hopeless).rejects.toSatisfy(lostARace);
    expect(runs).toBe(4);
  });

  it("any other failure is not repeated", async () => {
    let runs = 0;
    const broken = transition(node.house.core, async (tx) => {
      runs += 1;
      await tx.execute(sql`select 1 / 0`);
    });
    await expect(broken).rejects.toThrow();
    expect(runs).toBe(1);
  });
});

describe("R178 a pool of two connections", () => {
  it("serves two hundred pages and a hundred logins at once: no transition asks for a second one", async () => {
    const { house } = await openNode(await newDatabase(), {}, { max: 2 });
    const handle = pages(house, {
      enter: {
        path: "enter/:id",
        action: (args) => house.auth.login(args, { userId: args.params.id, method: "pwd" }),
      },
    });
    const ids = await newUsers(house.core.db, 100);
    const cookies = await Promise.all(ids.map((id) => house.signInAs({ id })));
    const answers = await race(300, async (n) => {
      const visitor = browser(handle, { ip: `198.51.100.${n % 250}` });
      if (n % 3 === 0) return visitor.post(`/enter/${ids[n / 3]}`);
      visitor.adopt(cookies[n % 100] as string);
      return visitor.get(n % 3 === 1 ? "/secret" : "/settings/sessions");
    });
    const statuses = answers.map(({ status }) => status);
    expect([
      statuses.filter((s) => s === 200).length,
      statuses.filter((s) => s === 302).length,
    ]).toEqual([200, 100]);
  });

  it("is one more than any step needs", async () => {
    node = await openNode(await newDatabase(), { hooks }, { max: 1 });
    for (const [name, prepare] of Object.entries(STEPS)) {
      const { act } = await prepare();
      expect([200, 302], name).toContain((await act()).status);
    }
  });

  async function newUsers(db: Database, count: number): Promise<string[]> {
    const rows = Array.from({ length: count }, () => ({
      email: newAddress("pooled"),
      emailVerifiedAt: sql`now()`,
    }));
    const users = await db
      .insert(schema.users)
      .values(rows as never[])
      .returning({ id: schema.users.id });
    return users.map(({ id }) => id);
  }
});
