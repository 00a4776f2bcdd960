import { beforeAll, describe, expect, it } from "vitest";
import { days, seconds } from "../src/duration.ts";
import { type Browser, crowd } from "./browser.ts";
import { login, register, userByEmail } from "./people.ts";
import { openNodes, race } from "./postgres.ts";

const COOKIE = "__Host-session";
const CROWD = 50;
const rounds = [1, 2, 3, 4];

let pair: Awaited<ReturnType<typeof openNodes>>;
beforeAll(async () => {
  pair = await openNodes();
});
const visit = crowd(() => pair.next().handle);
const house = () => pair.nodes[0].house;
const held = (visitor: Browser) => visitor.jar.get(COOKIE) ?? "none";

function copyOf(visitor: Browser): Browser {
  const copy = visit();
  copy.jar.set(COOKIE, held(visitor));
  return copy;
}

async function aDayLater() {
  const email = await register(house(), visit());
  const visitor = visit();
  await login(visitor, email, { remember: "on" });
  await house().clock.advance(days(1.01));
  return { visitor, email, user: await userByEmail(house(), email) };
}

const PATHS = ["/secret", "/secret.data", "/", "/settings/sessions.data", "/resource"];

describe("R40 fifty requests of one browser at once, at two nodes, when its token is due", () => {
  it.each(rounds)("all are let in and get one and the same successor (round %i)", async () => {
    const { visitor, user } = await aDayLater();
    const tabs = await race(CROWD, async (n) => {
      const tab = copyOf(visitor);
      const { status } = await tab.get(PATHS[n % PATHS.length] as string);
      return { status, token: held(tab) };
    });
    expect(new Set(tabs.map(({ status }) => status))).toEqual(new Set([200]));
    const tokens = new Set(tabs.map(({ token }) => token));
    expect(tokens.size).toBe(1);
    expect(tokens).not.toContain(held(visitor));
    const rows = await pair.nodes[0].client`select r.token_hash from rotated_tokens r
      join sessions s on s.id = r.session_id where s.user_id = ${user.id}`;
    expect(rows).toHaveLength(1);
  });

  it("R40 tabs that go on asking, each in its own time, are never logged out", async () => {
    const { visitor, user } = await aDayLater();
    // All tabs of a browser share one jar; what is on its way carries what was in it when it left.
    for (let day = 0; day < 3; day++) {
      for (let wave = 0; wave < 4; wave++) {
        const early = copyOf(visitor);
        const statuses = await race(10, async (n) => {
          const asked = n < 7 ? visitor : early;
          return (await asked.get(PATHS[n % PATHS.length] as string)).status;
        });
        expect(new Set(statuses)).toEqual(new Set([200]));
        await house().clock.advance(seconds(9));
        expect((await early.get("/secret")).status).toBe(200);
      }
      await house().clock.advance(days(1.01));
    }
    await expect(house().expectAudit("session.reuse-detected", user)).rejects.toThrow();
  });
});

describe("R40 a stolen token that comes fifty times at once, too late", () => {
  it.each(rounds)("ends the session for all, with one mail and one event (round %i)", async () => {
    const { visitor, email, user } = await aDayLater();
    const stolen = copyOf(visitor);
    await visitor.get("/secret");
    await house().clock.advance(seconds(31));
    const statuses = await race(CROWD, async (n) => {
      const asks = n % 10 === 9 ? copyOf(visitor) : copyOf(stolen);
      return (await asks.get("/secret")).status;
    });
    expect(statuses.filter((status) => status === 302).length).toBeGreaterThanOrEqual(45);
    expect((await visitor.get("/secret")).status).toBe(302);
    const mails = (await house().outbox()).filter(({ to }) => to === email);
    expect(mails.filter(({ subject }) => subject === "session-reused")).toHaveLength(1);
    const events = await house().auditEvents("session.reuse-detected");
    expect(events.filter(({ subjectId }) => subjectId === user.id)).toHaveLength(1);
  });
});

describe("R37 R40 a logout among requests that exchange the token", () => {
  it.each(rounds)("ends the session under every token it had or got (round %i)", async () => {
    const { visitor } = await aDayLater();
    const tabs = Array.from({ length: 20 }, () => copyOf(visitor));
    const leaving = copyOf(visitor);
    await race(21, async (n) =>
      n === 10 ? leaving.post("/logout") : (tabs[n % 20] as Browser).get("/secret"),
    );
    for (const tab of [visitor, ...tabs]) expect((await tab.get("/secret")).status).toBe(302);
  });
});
