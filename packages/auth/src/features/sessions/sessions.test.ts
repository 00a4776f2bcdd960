import { eq, sql } from "drizzle-orm";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Browser, browser, pageOf } from "../../../test/browser.ts";
import { ddl } from "../../../test/ddl.ts";
import { houseOn } from "../../../test/house.ts";
import { openLoggedHouse } from "../../../test/logged.ts";
import { pages } from "../../../test/pages.ts";
import { newUser } from "../../../test/people.ts";
import * as schema from "../../../test/schema.ts";
import { days, hours, minutes, seconds } from "../../duration.ts";
import type { RouteArgs } from "../../router/visit.ts";
import type { SignInOptions } from "../../testing.ts";
import { defaultSessionLimits } from "./limits.ts";
import { type Session, sessions } from "./sessions.ts";
import { sessionsStore } from "./store.ts";

type House = Awaited<ReturnType<typeof houseOn>>;

const SECRET = "the secret that these three processes share";
const STRICT = {
  ...defaultSessionLimits,
  browser: { absolute: hours(1), idle: minutes(5) },
};

let logged: Awaited<ReturnType<typeof openLoggedHouse>>;
let house: House;
/** Other processes of the same app: one alike, one with stricter limits. */
let twin: House;
let strict: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  const secret = SECRET;
  logged = await openLoggedHouse({ secret });
  house = logged.house;
  twin = await houseOn(house.core.db as never, { secret });
  strict = await houseOn(house.core.db as never, { secret, sessionLimits: STRICT });
  handle = pages(house);
});

afterEach(() => vi.useRealTimers());

function visitorWith(cookie: string, site = handle): Browser {
  const visitor = browser(site);
  visitor.adopt(cookie);
  return visitor;
}

async function signedIn(options: SignInOptions = {}) {
  const user = await newUser(house);
  const cookie = await house.signInAs(user, options);
  return { user, cookie, visitor: visitorWith(cookie) };
}

async function isIn(visitor: Browser): Promise<boolean> {
  return (await visitor.get("/secret")).status === 200;
}

const rowsOf = async (userId: string) => {
  const mine = eq(schema.sessions.userId, userId);
  const rows = await house.core.db
    .select({ row: schema.sessions })
    .from(schema.sessions)
    .where(mine);
  return rows.map(({ row }) => row);
};

const KINDS = [
  ["an ordinary session", { persistent: false }, defaultSessionLimits.browser],
  ["a session to stay signed in", { persistent: true }, defaultSessionLimits.persistent],
] as const;

describe.each(KINDS)("R36 %s", (_name, options, { idle, absolute }) => {
  it("is over after so much silence, to the second", async () => {
    const [busy, silent] = [await signedIn(options), await signedIn(options)];
    await house.clock.advance(seconds(idle - 1));
    expect(await isIn(busy.visitor)).toBe(true);
    await house.flushLastSeen();
    await house.clock.advance(seconds(1));
    expect([await isIn(busy.visitor), await isIn(silent.visitor)]).toEqual([true, false]);
  });

  it("is over after its whole time, to the second, however busy and however often it was renewed", async () => {
    const { user, visitor } = await signedIn(options);
    const step = seconds(idle - minutes(1));
    let age = 0;
    for (; age + step < absolute; age += step) {
      await house.clock.advance(step);
      expect(await isIn(visitor)).toBe(true);
      await house.flushLastSeen();
      const [row] = await rowsOf(user.id);
      const token = await sessions(house.core).renew(row?.id as string);
      visitor.jar.set("__Host-session", token);
    }
    await house.clock.advance(seconds(absolute - age - 1));
    expect(await isIn(visitor)).toBe(true);
    await house.flushLastSeen();
    await house.clock.advance(seconds(1));
    expect(await isIn(visitor)).toBe(false);
  });

  it("R48 is swept out when it is over, and not a second before", async () => {
    const { user } = await signedIn(options);
    await house.clock.advance(seconds(idle - 1));
    await sessions(house.core).deleteExpired();
    expect(await rowsOf(user.id)).toHaveLength(1);
    await house.clock.advance(seconds(1));
    await sessions(house.core).deleteExpired();
    expect(await rowsOf(user.id)).toHaveLength(0);
  });
});

describe("R36 the defaults", () => {
  it("are those of NIST SP 800-63B: a day, or thirty with a week of silence", () => {
    expect(defaultSessionLimits).toEqual({
      browser: { absolute: hours(24), idle: hours(2) },
      persistent: { absolute: days(30), idle: days(7) },
    });
  });
});

describe("last seen", () => {
  const updates = (statements: string[]) => statements.filter((text) => text.startsWith("update"));

  it("is written once a minute at most, for all sessions in one statement", async () => {
    const people = await Promise.all([signedIn(), signedIn(), signedIn()]);
    const visit = async () => {
      for (let n = 0; n < 3; n++) for (const { visitor } of people) await isIn(visitor);
      await house.flushLastSeen();
    };
    await house.clock.advance(seconds(60));
    expect(updates(await logged.during(visit))).toEqual([]);
    await house.clock.advance(seconds(1));
    expect(updates(await logged.during(visit))).toHaveLength(1);
    expect(updates(await logged.during(visit))).toEqual([]);
  });

  it("writes the moment of the visit and nothing else", async () => {
    const { user, visitor } = await signedIn();
    const [before] = await rowsOf(user.id);
    await house.clock.advance(minutes(2));
    await isIn(visitor);
    await house.flushLastSeen();
    const [after] = await rowsOf(user.id);
    expect({ ...after, lastSeenAt: null }).toEqual({ ...before, lastSeenAt: null });
    expect(Number(after?.lastSeenAt) - Number(before?.lastSeenAt)).toBe(120_000);
  });

  it("R39 brings no ended session back", async () => {
    const { user, visitor } = await signedIn();
    await house.clock.advance(minutes(2));
    await isIn(visitor);
    await visitor.post("/logout");
    await house.flushLastSeen();
    expect(await rowsOf(user.id)).toEqual([]);
  });

  it("is noted, and lost at worst, while the database is away", async () => {
    const { user, visitor } = await signedIn();
    await house.clock.advance(minutes(2));
    await isIn(visitor);
    await house.core.db.execute(sql`alter table sessions rename to gone`);
    await expect(house.flushLastSeen()).rejects.toThrow();
    await house.core.db.execute(sql`alter table gone rename to sessions`);
    await isIn(visitor);
    await house.flushLastSeen();
    const [row] = await rowsOf(user.id);
    expect(Number(row?.lastSeenAt) - Number(row?.createdAt)).toBe(120_000);
  });
});

describe("last seen, by itself", () => {
  it("is written every five seconds, and survives a time in which the database is away", async () => {
    const { user, visitor } = await signedIn();
    const seenAfter = async () => {
      const [row] = await rowsOf(user.id);
      return Number(row?.lastSeenAt) - Number(row?.createdAt);
    };
    await house.clock.advance(minutes(2));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await isIn(visitor);
    await house.core.db.execute(sql`alter table sessions rename to gone`);
    await vi.advanceTimersByTimeAsync(5_000);
    await house.core.db.execute(sql`alter table gone rename to sessions`);
    await isIn(visitor);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(await seenAfter()).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(await seenAfter()).toBe(120_000);
  });
});

describe("many visitors at once", () => {
  it("share statements, and everybody is taken for who they are", async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => signedIn()));
    const strangers = Array.from({ length: 4 }, () => browser(handle));
    let seen: string[] = [];
    const statements = await logged.during(async () => {
      const everybody = [...people.map(({ visitor }) => visitor), ...strangers];
      seen = await Promise.all(everybody.map(async (one) => (await one.get("/")).text()));
    });
    const emails = seen.map((text) => JSON.parse(text).loaderData.home.email);
    expect(emails).toEqual([...people.map(({ user }) => user.email), null, null, null, null]);
    expect(statements.length).toBeLessThan(people.length);
  });
});

describe("R32 what is stored of a session", () => {
  it("opens nothing: no column works as a cookie, in any spelling", async () => {
    const { user, cookie } = await signedIn();
    const [row] = await rowsOf(user.id);
    const texts = Object.values(row ?? {}).map(String);
    expect(texts.join()).not.toContain(cookie.split("=")[1]);
    for (const text of texts) {
      const bytes = Buffer.from(text, "base64url");
      for (const attempt of [
        text,
        bytes.toString("hex"),
        bytes.toString("base64"),
        text.padEnd(48, "A"),
      ]) {
        expect(await isIn(visitorWith(`__Host-session=${attempt}`))).toBe(false);
      }
    }
  });
});

describe("R33 a renewed session", () => {
  it("is the same session under another token, and the old token is dead", async () => {
    const { user, visitor, cookie } = await signedIn();
    const [before] = await rowsOf(user.id);
    const token = await sessions(house.core).renew(before?.id as string);
    expect(await isIn(visitorWith(cookie))).toBe(false);
    visitor.jar.set("__Host-session", token);
    expect(await isIn(visitor)).toBe(true);
    const [after] = await rowsOf(user.id);
    const { tokenSince } = after ?? {};
    expect(tokenSince).not.toBeNull();
    expect({ ...after, tokenHash: "" }).toEqual({ ...before, tokenHash: "", tokenSince });
  });
});

describe("R50 stepping up", () => {
  it("makes the proof new and the session stronger, never weaker, and no other session's", async () => {
    const { user, visitor } = await signedIn({ stale: minutes(20) });
    const other = await signedIn({ stale: minutes(20) });
    const [row] = await rowsOf(user.id);
    const { stepUp } = sessions(house.core);
    expect((await visitor.get("/fresh")).status).toBe(302);
    for (const [aal, is] of [
      [1, 1],
      [2, 2],
      [1, 2],
    ] as const) {
      await stepUp(row?.id as string, aal);
      expect(await rowsOf(user.id)).toMatchObject([{ aal: is, steppedUpAt: expect.any(Date) }]);
      expect((await visitor.get("/fresh")).status).toBe(200);
    }
    expect(await rowsOf(other.user.id)).toMatchObject([{ aal: 1, steppedUpAt: null }]);
    expect((await other.visitor.get("/fresh")).status).toBe(302);
  });
});

describe("ending sessions", () => {
  async function three() {
    const user = await newUser(house);
    const cookies = [];
    for (let n = 0; n < 3; n++) cookies.push(await house.signInAs(user));
    return { user, visitors: cookies.map((cookie) => visitorWith(cookie)) };
  }

  async function whoIsIn(visitors: Browser[]): Promise<boolean[]> {
    const answers = [];
    for (const visitor of visitors) answers.push(await isIn(visitor));
    return answers;
  }

  it("R39 takes effect on the very next request, on every node", async () => {
    const { user, visitors } = await three();
    const there = visitors.map(({ jar }) =>
      visitorWith(`__Host-session=${jar.get("__Host-session")}`, pages(twin)),
    );
    expect(await whoIsIn(there)).toEqual([true, true, true]);
    await sessions(house.core).endAll(user.id);
    expect(await whoIsIn([...visitors, ...there])).toEqual(Array(6).fill(false));
  });

  it("R7 ends all but the one that stays", async () => {
    const { user, visitors } = await three();
    const stranger = await signedIn();
    const [, second] = await rowsOf(user.id);
    expect(await sessions(house.core).endAll(user.id, second?.id)).toBe(2);
    expect((await whoIsIn(visitors)).filter(Boolean)).toHaveLength(1);
    expect(await isIn(stranger.visitor)).toBe(true);
  });

  it("by token says whose it was, and is calm about junk and strangers", async () => {
    const { user, visitor } = await signedIn();
    const end = sessions(house.core).endByToken;
    for (const junk of [null, "", "x", "A".repeat(48)]) expect(await end(junk)).toBeNull();
    const token = visitor.jar.get("__Host-session") as string;
    expect(await end(token)).toMatchObject({ userId: user.id });
    expect(await end(token)).toBeNull();
  });

  it("R43 the user's own end takes the sessions along", async () => {
    const { user, visitors } = await three();
    await house.core.db.delete(schema.users).where(eq(schema.users.id, user.id));
    expect([...(await whoIsIn(visitors)), (await rowsOf(user.id)).length]).toEqual([
      false,
      false,
      false,
      0,
    ]);
  });
});

describe("the list of one's sessions", () => {
  it("R38 R48 has the live ones, the last active first, and no hash of a token", async () => {
    const user = await newUser(house);
    await house.signInAs(user);
    await house.clock.advance(hours(2));
    for (let n = 0; n < 2; n++) {
      await house.signInAs(user, { aal: n === 0 ? 2 : 1 });
      await house.clock.advance(minutes(1));
    }
    const list: Session[] = await sessionsStore(house.core).list(user.id);
    expect(list.map(({ aal, amr }) => [aal, amr.join()])).toEqual([
      [1, "pwd"],
      [2, "pwd,otp"],
    ]);
    for (const session of list) expect(session).not.toHaveProperty("tokenHash");
  });
});

describe("R38 what somebody does with their own sessions", () => {
  const act = (visitor: Browser, fields: Record<string, string>) =>
    visitor.post("/settings/sessions", fields);
  const ENDED = { status: 200, said: { ok: true } };
  const NOT_FOUND = { status: 404, said: { ok: false, reason: "not_found" } };

  async function revoke(visitor: Browser, id = "") {
    const response = await act(visitor, { intent: "revoke", id });
    const { actionData } = await pageOf(response);
    return { status: response.status, said: actionData?.["settings/sessions"] };
  }

  /** Two browsers of one user, and the id of each one's session. */
  async function two(site = handle) {
    const user = await newUser(house);
    const cookies = [await house.signInAs(user), await house.signInAs(user)];
    const [here, there] = cookies.map((cookie) => visitorWith(cookie, site));
    const [mine, other] = (await rowsOf(user.id)).map(({ id }) => id);
    return { user, here: here as Browser, there: there as Browser, mine, other };
  }

  it("ends one of them, and the trail says so", async () => {
    const { user, here, there, mine, other } = await two();
    expect(await revoke(here, other?.toUpperCase())).toEqual(ENDED);
    expect([await isIn(here), await isIn(there)]).toEqual([true, false]);
    expect(await rowsOf(user.id)).toMatchObject([{ id: mine }]);
    const event = await house.expectAudit("session.revoked", user);
    expect(event).toMatchObject({ outcome: "success", actorId: user.id, details: {} });
    expect(await revoke(here, other)).toEqual(NOT_FOUND);
  });

  it("ends nobody else's, and nothing that is no session: all look alike, and no trail is left", async () => {
    const [{ user, here, mine = "" }, stranger] = [await two(), await two()];
    const text = mine.replaceAll("-", "");
    const junk = ["", "1 or 1=1", `x${mine}`, `${mine}x`, `{${mine}}`, text, mine.replace(/-/, "")];
    for (const id of [stranger.mine, stranger.other, ...junk]) {
      expect([id, await revoke(here, id)]).toEqual([id, NOT_FOUND]);
    }
    expect([await isIn(here), await isIn(stranger.here)]).toEqual([true, true]);
    await expect(house.expectAudit("session.revoked", user)).rejects.toThrow();
  });

  it("ends all the others at once, and says how many there were", async () => {
    const [{ user, here, there }, stranger] = [await two(), await two()];
    const { actionData } = await pageOf(await act(here, { intent: "revoke-others" }));
    expect(actionData).toEqual({ "settings/sessions": { count: 1 } });
    expect([await isIn(here), await isIn(there)]).toEqual([true, false]);
    expect(await isIn(stranger.there)).toBe(true);
    const event = await house.expectAudit("session.others-revoked", user);
    expect(event).toMatchObject({ outcome: "success", actorId: user.id, details: { count: 1 } });
  });

  it("R50 asks for a fresh proof before any session but this one ends", async () => {
    const { here, there, mine, other } = await two();
    await house.clock.advance(minutes(11));
    const STEP_UP = { status: 403, said: { ok: false, reason: "step_up_required" } };
    expect(await revoke(here, other)).toEqual(STEP_UP);
    for (const intent of ["revoke-others", "revoke-all"]) {
      expect((await act(here, { intent })).status).toBe(403);
    }
    expect([await isIn(here), await isIn(there)]).toEqual([true, true]);
    expect((await revoke(here, mine)).status).not.toBe(403);
    expect([await isIn(here), await isIn(there)]).toEqual([false, true]);
  });

  it("ends every one, this one too, and takes the cookie back", async () => {
    const { auth } = house;
    const everywhere = {
      path: "everywhere",
      action: async (args: RouteArgs) => {
        const { session } = await auth.requireUser(args);
        await auth.sessions.revokeAll(args, { session });
        return null;
      },
    };
    const { user, here, there } = await two(pages(house, { everywhere }));
    const stranger = await two();
    await here.post("/everywhere");
    expect(here.jar.has("__Host-session")).toBe(false);
    expect([await isIn(here), await isIn(there)]).toEqual([false, false]);
    expect(await isIn(stranger.here)).toBe(true);
    const event = await house.expectAudit("session.all-revoked", user);
    expect(event).toMatchObject({ outcome: "success", actorId: user.id, details: { count: 2 } });
  });
});

describe("the sessions of a user", () => {
  it("are found by an index, however many users there are", async () => {
    expect((await ddl()).join("\n")).toMatch(
      /INDEX "sessions_of_user" ON "sessions" .*\("user_id"\)/,
    );
  });
});

describe("the place of a session", () => {
  it("is what the app makes of its address, and nothing where it cannot tell or there is none", async () => {
    const placeOf = async (ip: string) => {
      if (ip === "192.0.2.1") return "Lisbon, Portugal";
      throw new Error("the service is away");
    };
    const { db } = house.core;
    const placed = await houseOn(db as never, { secret: SECRET, placeOf });
    const { user, visitor } = await signedIn();
    const there = visitorWith(`__Host-session=${visitor.jar.get("__Host-session")}`, pages(placed));
    const placesWith = async (ip: string | null) => {
      await db.update(schema.sessions).set({ ip }).where(eq(schema.sessions.userId, user.id));
      const { loaderData } = await pageOf(await there.get("/settings/sessions"));
      return (loaderData["settings/sessions"] as { place: unknown }[]).map(({ place }) => place);
    };
    expect(await placesWith("192.0.2.1")).toEqual(["Lisbon, Portugal"]);
    expect(await placesWith("192.0.2.2")).toEqual([null]);
    expect(await placesWith(null)).toEqual([null]);
  });
});

describe("stricter limits", () => {
  it("R36 hold at once for sessions that exist already, and laxer ones bring none back that was swept out", async () => {
    const { visitor, cookie } = await signedIn();
    await house.clock.advance(minutes(10));
    expect(await isIn(visitorWith(cookie, pages(strict)))).toBe(false);
    expect(await isIn(visitor)).toBe(true);
    await strict.prune();
    expect(await isIn(visitor)).toBe(false);
  });
});
