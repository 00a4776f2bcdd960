import { createHmac } from "node:crypto";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browser } from "../../../test/browser.ts";
import { ddl } from "../../../test/ddl.ts";
import { openHouse } from "../../../test/house.ts";
import { pages } from "../../../test/pages.ts";
import { newAddress } from "../../../test/people.ts";
import { keyRing } from "../../crypto/keys.ts";
import { days, hours, minutes, seconds } from "../../duration.ts";
import { rateLimits } from "./rate-limits.ts";
import { rateLimitsStore } from "./store.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let limits: ReturnType<typeof rateLimits>;
beforeAll(async () => {
  house = await openHouse();
  limits = rateLimits(house.core);
});

const admitted = expect.objectContaining({ ok: true });
const refused = (retryAfterSeconds: number) => ({
  ok: false,
  reason: "rate_limited",
  retryAfterSeconds,
});

const WINDOWS = [
  ["login by network", 30, minutes(1)],
  ["registration by network", 20, hours(1)],
  ["mail by network", 20, hours(1)],
  ["mail to address", 5, hours(1)],
  ["mail to address by day", 10, hours(24)],
  ["resend by flow", 1, minutes(1)],
  ["link by network", 20, minutes(1)],
  ["code by address", 10, hours(1)],
] as const;

describe("R30 R31 a window", () => {
  it.each(WINDOWS)(
    "%s lets %i pass in %i seconds, and says to the second when the next may",
    async (name, count, per) => {
      const hit = () => limits.admit(name, "someone");
      for (let n = 0; n < count; n++) expect(await hit()).toEqual(admitted);
      expect(await hit()).toEqual(refused(per));
      await house.clock.advance(seconds(per - 1));
      expect(await hit()).toEqual(refused(1));
      await house.clock.advance(seconds(1));
      for (let n = 0; n < count; n++) expect(await hit()).toEqual(admitted);
      expect(await hit()).toEqual(refused(per));
    },
  );

  it("slides: what is let in again is only what has gone", async () => {
    const hit = () => limits.admit("mail to address", "sliding");
    for (let n = 0; n < 3; n++) await hit();
    await house.clock.advance(minutes(40));
    for (let n = 0; n < 2; n++) await hit();
    expect(await hit()).toEqual(refused(minutes(20)));
    await house.clock.advance(minutes(20));
    for (let n = 0; n < 3; n++) expect(await hit()).toEqual(admitted);
    expect(await hit()).toEqual(refused(minutes(40)));
  });

  it("does not count what it refused", async () => {
    const hit = () => limits.admit("resend by flow", "patient");
    await hit();
    for (let n = 0; n < 59; n++) {
      expect(await hit()).toEqual(refused(60 - n));
      await house.clock.advance(seconds(1));
    }
    await house.clock.advance(seconds(1));
    expect(await hit()).toEqual(admitted);
  });

  it("is one for each name and one for each value", async () => {
    await limits.admit("resend by flow", "a");
    expect(await limits.admit("resend by flow", "b")).toEqual(admitted);
    expect(await limits.admit("link by network", "a")).toEqual(admitted);
    expect(await limits.admit("resend by flow", "a")).toEqual(refused(60));
  });

  it("never lets in more than its count in any stretch, and never one too few", async () => {
    const { core } = house;
    const store = rateLimitsStore(core);
    const pauses = fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 30 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        pauses,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 12 }),
        async (waits, count, per) => {
          run += 1;
          let now = 0;
          const passed: number[] = [];
          for (const wait of waits) {
            await house.clock.advance(seconds(wait));
            now += wait;
            const recent = passed.filter((at) => at > now - per);
            const verdict = await store.hitWindow(`run ${run}`, count, seconds(per));
            expect(verdict.admitted).toBe(recent.length < count);
            if (verdict.admitted) passed.push(now);
            else expect(verdict.retryAfterSeconds).toBe((recent[0] as number) + per - now);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("R30 mail to an address", () => {
  const admit = () => limits.admitMail("flooded@example.com");

  it("is five an hour and ten a day, and an hour that is full counts nothing for the day", async () => {
    for (const wait of [hours(1), hours(1)]) {
      for (let n = 0; n < 5; n++) expect(await admit()).toEqual(admitted);
      for (let n = 0; n < 5; n++) expect(await admit()).toEqual(refused(wait));
      await house.clock.advance(hours(1));
    }
    expect(await admit()).toEqual(refused(hours(22)));
    await house.clock.advance(hours(22));
    expect(await admit()).toEqual(admitted);
  });

  it("is counted for each address alone", async () => {
    for (let n = 0; n < 5; n++) await limits.admitMail("full@example.com");
    expect((await limits.admitMail("full@example.com")).ok).toBe(false);
    expect(await limits.admitMail("empty@example.com")).toEqual(admitted);
  });
});

describe("R22 R23 tries at a password", () => {
  it("are five for free, then a wait that doubles up to a minute, then a quarter of an hour", async () => {
    const hit = () => limits.reserveTry("waiting@example.com");
    for (let n = 0; n < 5; n++) expect(await hit()).toEqual(admitted);
    const waits = [1, 2, 4, 8, 16, 32, ...Array<number>(9).fill(60), 900, 900];
    for (const wait of waits) {
      expect(await hit()).toEqual(refused(wait));
      await house.clock.advance(seconds(wait - 1));
      expect(await hit()).toEqual(refused(1));
      await house.clock.advance(seconds(1));
      expect(await hit()).toEqual(admitted);
    }
  });

  it("are free again after a quiet hour", async () => {
    const hit = () => limits.reserveTry("quiet@example.com");
    for (let n = 0; n < 5; n++) await hit();
    await house.clock.advance(seconds(hours(1) - 1));
    expect(await hit()).toEqual(admitted);
    expect(await hit()).toEqual(refused(2));
    await house.clock.advance(seconds(1));
    for (let n = 0; n < 4; n++) expect(await hit()).toEqual(admitted);
    expect(await hit()).toEqual(refused(1));
  });

  it("R31 end after a hundred failures in a row, however slow, until they are forgiven", async () => {
    const hit = () => limits.reserveTry("hundred@example.com");
    for (let n = 0; n < 100; n++) {
      expect(await hit()).toEqual(admitted);
      await house.clock.advance(hours(1));
    }
    for (const pause of [seconds(0), hours(1), days(7), days(20)]) {
      await house.clock.advance(pause);
      // Not "in a second": nothing but a new password or thirty quiet days will help.
      expect(await hit()).toEqual(refused(days(30)));
    }
    await limits.forgiveTries("hundred@example.com");
    for (let n = 0; n < 5; n++) expect(await hit()).toEqual(admitted);
    expect(await hit()).toEqual(refused(1));
  });

  it("R24 forgiven for one account are not forgiven for another", async () => {
    for (let n = 0; n < 5; n++) await limits.reserveTry("one@example.com");
    await limits.forgiveTries("two@example.com");
    expect(await limits.reserveTry("one@example.com")).toEqual(refused(1));
    expect(await limits.reserveTry("two@example.com")).toEqual(admitted);
  });

  it("R27 count alike for every spelling of an address", async () => {
    const handle = pages(house);
    const email = newAddress("spelled");
    const spellings = [
      email,
      email.toUpperCase(),
      ` ${email} `,
      email.replace("s", "ｓ"),
      email.replace("@", "＠"),
    ];
    const statuses = [];
    for (const [n, spelling] of [...spellings, email].entries()) {
      const visitor = browser(handle, { ip: `192.0.2.${n}` });
      const form = { email: spelling, password: "wrong horse battery staple" };
      statuses.push((await visitor.post("/login", form)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });
});

describe("what is stored of a limit", () => {
  beforeEach(async () => {
    await house.core.db.execute(sql`delete from rate_limits`);
  });

  async function stored(): Promise<{ key: string }[]> {
    const { rows } = (await house.core.db.execute(sql`select * from rate_limits`)) as never;
    return rows;
  }

  it("R27 names nobody: keys are hashed with the secret", async () => {
    await limits.admit("mail to address", "secretive@example.com");
    await limits.admit("login by network", "203.0.113.77");
    await limits.reserveTry("secretive@example.com");
    const rows = await stored();
    expect(JSON.stringify(rows)).not.toMatch(/secretive|203\.0\.113\.77|mail to|login by|password/);
    for (const { key } of rows) expect(key).toMatch(/^[\w-]{43}$/);
  });

  it("R27 is another key under another secret", async () => {
    const keyUnder = async (secret: string) => {
      await house.core.db.execute(sql`delete from rate_limits`);
      const core = { ...house.core, keys: keyRing([secret]) };
      await rateLimits(core).admit("mail to address", "ada@example.com");
      return (await stored()).map(({ key }) => key);
    };
    const one = await keyUnder("a secret of more than enough bytes: 1");
    expect(await keyUnder("a secret of more than enough bytes: 1")).toEqual(one);
    expect(await keyUnder("a secret of more than enough bytes: 2")).not.toEqual(one);
  });

  it("R27 is found again after an update: how a key is made is part of the stored format", async () => {
    await limits.admit("mail to address", "ada@example.com");
    const [{ key }] = house.core.keys.for("rate-limit");
    const hash = createHmac("sha256", key).update("mail to address\0ada@example.com");
    expect(await stored()).toMatchObject([{ key: hash.digest("base64url") }]);
  });

  it("is the moment of each hit, whatever time zone a node or the database is in", async () => {
    expect((await ddl()).join()).toMatch(
      /"hits" (timestamp with time zone|timestamptz)\[\] NOT NULL/,
    );
  });

  it("R31 is swept out thirty days after it was last touched, and not before", async () => {
    await limits.admit("resend by flow", "old");
    await house.clock.advance(days(15));
    await limits.admit("resend by flow", "young");
    await house.clock.advance(days(15));
    await limits.deleteExpired();
    expect(await stored()).toHaveLength(2);
    await house.clock.advance(seconds(1));
    await limits.deleteExpired();
    expect(await stored()).toHaveLength(1);
  });
});
