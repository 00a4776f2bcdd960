import { sql } from "drizzle-orm";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { openHouse } from "../test/house.ts";
import { newUser } from "../test/people.ts";
import type { Core } from "./core.ts";
import { days, hours } from "./duration.ts";
import { outbox } from "./features/outbox/outbox.ts";
import { rateLimits } from "./features/rate-limits/rate-limits.ts";
import { tokens } from "./features/tokens/tokens.ts";
import { prune, startHousekeeping } from "./housekeeping.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
beforeAll(async () => {
  house = await openHouse();
});
afterEach(() => vi.useRealTimers());

const TABLES = ["users", "sessions", "tokens", "rate_limits", "outbox", "audit_events"];

/** How many rows each table has. */
async function counts(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of TABLES) {
    const { rows } = (await house.core.db.execute(
      sql.raw(`select count(*)::int as n from ${table}`),
    )) as { rows: { n: number }[] };
    found[table] = rows[0]?.n ?? -1;
  }
  return found;
}

/** One row of everything that ends by itself. */
async function fill(): Promise<void> {
  const user = await newUser(house);
  await house.signInAs(user);
  await tokens(house.core).issue({ purpose: "verify-email", user });
  await rateLimits(house.core).admit("resend by flow", user.id);
  await outbox(house.core).queueNothing("reset-password");
  await house.deliverMail();
  await house.core.db.execute(sql`insert into audit_events (at, action, outcome, request_id, details)
    values (now(), 'logout', 'success', 'r', '{}')`);
}

it("R48 R180 sweeps out what is over and leaves what is not, and the audit trail alone", async () => {
  await fill();
  await house.clock.advance(days(31));
  await fill();
  await prune(house.core);
  const left = { sessions: 1, tokens: 1, rate_limits: 1, outbox: 1 };
  expect(await counts()).toEqual({ ...left, users: 2, audit_events: 2 });
  await prune(house.core);
  expect(await counts()).toMatchObject(left);
});

it("can run on two nodes at once", async () => {
  await fill();
  await house.clock.advance(days(31));
  await Promise.all([prune(house.core), house.prune()]);
  expect(await counts()).toMatchObject({ sessions: 0, tokens: 0, rate_limits: 0, outbox: 0 });
});

it("R169 runs every hour, and survives an hour in which the database is away", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  await fill();
  await house.clock.advance(days(31));
  let away = true;
  const { db } = house.core;
  const core: Core = {
    ...house.core,
    get db() {
      if (away) throw Object.assign(new Error("away"), { code: "ECONNREFUSED" });
      return db;
    },
  };
  startHousekeeping(core);
  await vi.advanceTimersByTimeAsync(hours(1) * 1000);
  expect(await counts()).toMatchObject({ sessions: 1 });
  away = false;
  await vi.advanceTimersByTimeAsync(hours(1) * 1000 - 1);
  expect(await counts()).toMatchObject({ sessions: 1 });
  await vi.advanceTimersByTimeAsync(1);
  vi.useRealTimers();
  await vi.waitFor(async () => expect(await counts()).toMatchObject({ sessions: 0, outbox: 0 }));
});
