import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { seconds } from "../src/duration.ts";
import type { ActivityEvent, ActivityPage } from "../src/features/activity/activity.ts";
import { audit } from "../src/features/audit/audit.ts";
import { type Browser, crowd } from "./browser.ts";
import { loaderOf } from "./factors.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { login, register, userByEmail } from "./people.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});
const visit = crowd(() => handle);

const PAGE = "settings/activity";
const pageAt = async (visitor: Browser, after = "") =>
  loaderOf<ActivityPage>(await visitor.get(`/${PAGE}?after=${after}`), PAGE);

async function person() {
  const visitor = visit();
  const email = await register(house, visitor);
  return { visitor, email, user: await userByEmail(house, email) };
}

/** So many more events, three of one moment each. */
async function happen(userId: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    if (n % 3 === 0) await house.clock.advance(seconds(1));
    await audit(house.core).record(
      { ip: null, userAgent: null, requestId: String(n) },
      { action: "session.others-revoked", subjectId: userId, details: { count: n } },
    );
  }
}

describe("R157 what happened to the account", () => {
  it("is told to its user, the newest first: what, when, from which device, and who did it", async () => {
    const { visitor, email } = await person();
    await house.clock.advance(seconds(1));
    const form = { email, password: "wrong horse battery staple" };
    await visit({ userAgent: "curl/8" }).post("/login", form);
    const { events, next } = await pageAt(visitor);
    expect(next).toBeNull();
    expect(events[0]).toMatchObject({
      ...{ action: "login.failed", outcome: "failure", byUser: false, device: "Unknown device" },
      details: { method: "pwd" },
    });
    const mine = events.slice(1);
    expect(mine.map(({ action }) => action).sort()).toEqual([
      ...["email.verification-requested", "email.verified", "login.succeeded", "user.registered"],
    ]);
    for (const { byUser, device, ip } of mine) {
      expect([byUser, device]).toEqual([true, "Firefox on Linux"]);
      expect(ip).toMatch(/^198\.18\./);
    }
  });

  it("comes page by page, each event once, whatever happens meanwhile", async () => {
    const { visitor, user } = await person();
    await happen(user.id, 60);
    const seen: ActivityEvent[] = [];
    for (let after = ""; ; ) {
      const { events, next } = await pageAt(visitor, after);
      expect(events.length).toBeLessThanOrEqual(25);
      seen.push(...events);
      await happen(user.id, 1);
      if (!next) break;
      after = next;
    }
    expect(seen).toHaveLength(64);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(64);
    const times = seen.map(({ at }) => at);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it("is nobody else's: the place of another's event, or of none, leads nowhere", async () => {
    const [mine, other] = [await person(), await person()];
    const [event] = (await pageAt(other.visitor)).events;
    for (const after of [event?.id ?? "", crypto.randomUUID(), "junk", "'; --"]) {
      expect(await pageAt(mine.visitor, encodeURIComponent(after))).toEqual({
        ...{ events: [], next: null },
      });
    }
    await login(mine.visitor, other.email);
    expect((await pageAt(mine.visitor)).events.length).toBeGreaterThan(4);
  });

  it("is found by an index", async () => {
    const { user } = await person();
    await house.core.db.execute(sql`set enable_seqscan = off`);
    const { rows } = (await house.core.db.execute(sql`explain select * from audit_events
      where subject_id = ${user.id} order by at desc, id desc limit 26`)) as { rows: object[] };
    await house.core.db.execute(sql`reset enable_seqscan`);
    expect(JSON.stringify(rows)).toContain("audit_events_of_subject");
  });
});
