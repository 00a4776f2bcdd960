import { eq, sql } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { minutes } from "../src/duration.ts";
import type { Session } from "../src/features/sessions/sessions.ts";
import type { RouteArgs } from "../src/router/visit.ts";
import { type Browser, browser, crowd, pageOf } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";
import type { SiteRoute } from "./site.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
/** What happens to somebody between the guard of a page and its work. */
let happens: (userId: string) => Promise<unknown>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house, slowPages());
});
beforeEach(() => {
  happens = async () => {};
});

const visit = crowd(() => handle);
const NEW_PASSWORD = "seven purple elephants dancing";

/** Pages of signed-in users that take their time. */
function slowPages(): Record<string, SiteRoute> {
  const { auth } = house;
  const slow = (
    path: string,
    work: (args: RouteArgs, session: Session) => Promise<unknown>,
  ): SiteRoute => ({
    path,
    action: async (args) => {
      const { session } = await auth.requireUser(args);
      await happens(session.userId);
      return work(args, session);
    },
  });
  return {
    "slow-proof": slow("slow-proof", (args, session) =>
      auth.passwords.prove(args, { session, password: PASSWORD }),
    ),
    "slow-change": slow("slow-change", (args, session) => {
      const form = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
      return auth.passwords.change(args, { session, ...form });
    }),
    "slow-step-up": {
      path: "slow-step-up",
      action: async (args) => {
        const { session } = await auth.requireUser(args);
        const result = await auth.passwords.prove(args, { session, password: PASSWORD });
        if (!result.ok) return result;
        await happens(session.userId);
        return auth.stepUp(args, { session, proof: result.proof });
      },
    },
    "other-proof": {
      path: "other-proof",
      action: async (args) => {
        const { session } = await auth.requireUser(args);
        const { userId } = await auth.readForm(args, ["userId"]);
        return auth.stepUp(args, { session, proof: { userId, method: "passkey" } });
      },
    },
  };
}

async function member() {
  const visitor = visit();
  const email = await register(house, visitor);
  return { visitor, email, id: (await userByEmail(house, email)).id };
}

async function remove(id: string): Promise<void> {
  await house.core.db.delete(schema.users).where(eq(schema.users.id, id));
}

describe("somebody whose account goes while a page of theirs is at work", () => {
  it.each(["/slow-proof", "/slow-change"])("is told by %s what anybody is told", async (path) => {
    const { visitor } = await member();
    happens = remove;
    const { actionData } = await pageOf(await visitor.post(path));
    expect(actionData).toEqual({ [path.slice(1)]: { ok: false, reason: "wrong_credentials" } });
  });
});

describe("R33 R50 stepping up", () => {
  const sessionOf = ({ jar }: Browser) => jar.get("__Host-session");

  it("R43 is refused when the password was changed since it was shown", async () => {
    const { visitor } = await member();
    const before = sessionOf(visitor);
    happens = (id) =>
      house.core.db.execute(sql`update passwords set hash = 'other' where user_id = ${id}`);
    const response = await visitor.post("/slow-step-up");
    expect(response.headers.get("Location")).toBe("/step-up?refused=proof_outdated");
    expect(sessionOf(visitor)).toBe(before);
  });

  it("is refused for the proof of another user, however strong", async () => {
    const [{ visitor }, { id }] = [await member(), await member()];
    await house.clock.advance(minutes(11));
    const before = sessionOf(visitor);
    const response = await visitor.post("/other-proof", { userId: id });
    expect(response.headers.get("Location")).toBe("/step-up?refused=proof_outdated");
    expect(sessionOf(visitor)).toBe(before);
    expect((await visitor.get("/fresh")).status).toBe(302);
  });

  it("leads home when nobody was on the way anywhere, and keeps how long the visitor wants to stay", async () => {
    const { email } = await member();
    const visitor = visit();
    await login(visitor, email, { remember: "on" });
    const response = await visitor.post("/slow-step-up");
    expect(response.headers.get("Location")).toBe("/");
    const [line] = response.headers.getSetCookie();
    expect(line).toContain(`Max-Age=${30 * 24 * 60 * 60}`);
  });
});

describe("R66 pressing the button twice at once", () => {
  const twice = async (press: (n: number) => Promise<Response>) =>
    (await Promise.all([press(0), press(1)])).map(({ status }) => status).sort();

  it("spends a verification link once", async () => {
    const [visitor, email] = [visit(), newAddress()];
    await visitor.post("/register", { email, password: PASSWORD });
    await visitor.get((await lastMail(house, email)).path);
    const press = () => visitor.post("/verify-email", { intent: "confirm" });
    expect(await twice(press)).toEqual([302, 400]);
  });

  it("spends a verification link once in another browser, with the password", async () => {
    const [visitor, email] = [visit(), newAddress()];
    await visit().post("/register", { email, password: PASSWORD });
    await visitor.get((await lastMail(house, email)).path);
    const press = () => visitor.post("/verify-email", { intent: "confirm", password: PASSWORD });
    expect(await twice(press)).toEqual([302, 400]);
  });

  it("spends a reset link once", async () => {
    const [visitor, { email }] = [visit(), await member()];
    await visitor.post("/forgot-password", { email });
    await visitor.get((await lastMail(house, email, "reset-password")).path);
    const passwords = [NEW_PASSWORD, `${NEW_PASSWORD} again`];
    const press = (n: number) =>
      visitor.post("/reset-password", { password: passwords[n] as string });
    expect(await twice(press)).toEqual([302, 400]);
    const worked = [];
    for (const password of passwords) {
      worked.push((await visit().post("/login", { email, password })).status);
    }
    expect(worked.sort()).toEqual([302, 401]);
  });

  it("R7 changes the password once: the slower of two no longer knows the current one", async () => {
    const { visitor, email } = await member();
    const elsewhere = visit();
    await login(elsewhere, email);
    const press = (n: number) =>
      [visitor, elsewhere][n]!.post("/settings/password", {
        currentPassword: PASSWORD,
        newPassword: `${NEW_PASSWORD} ${n}`,
      });
    expect(await twice(press)).toEqual([302, 400]);
  });
});

describe("R15 an address that somebody gives up while another registers it", () => {
  it("is answered for like any other, and nobody gets mail", async () => {
    const email = newAddress("moving");
    await house.core.db.execute(sql`create function taken() returns trigger
      language plpgsql as 'begin return null; end'`);
    await house.core.db.execute(sql`create trigger taken before insert on users
      for each row execute function taken()`);
    const response = await visit().post("/register", { email, password: PASSWORD });
    await house.core.db.execute(sql`drop trigger taken on users`);
    expect(response.headers.get("Location")).toBe("/verify-email");
    expect((await lastMail(house, email)).kind).toBe("none");
  });
});

describe("a transition that loses a race in the database", () => {
  /** A house in which a login loses this many races before it gets through. */
  async function contended(losses: number) {
    let left = losses;
    const onLogin = async (tx: { execute(query: unknown): Promise<unknown> }) => {
      if (left-- > 0) await tx.execute(sql`do $$ begin raise sqlstate '40001'; end $$`);
    };
    const other = await openHouse({ hooks: { onLogin: onLogin as never } });
    const visitor = browser(pages(other));
    await visitor.post("/register", { email: "ada@example.com", password: PASSWORD });
    const { code } = await lastMail(other, "ada@example.com");
    const response = await visitor.post("/verify-email", { intent: "code", code });
    const { core } = other;
    const rows = await core.db.select({ id: core.sessions.id }).from(core.sessions);
    return { response, signedIn: visitor.jar.has("__Host-session"), sessions: rows.length };
  }

  it("is done again from the start, up to three times, and happens once", async () => {
    expect(await contended(3)).toMatchObject({
      response: { status: 302 },
      signedIn: true,
      sessions: 1,
    });
  });

  it("is given up after that, calmly and without a trace", async () => {
    const { response, ...rest } = await contended(4);
    expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "5"]);
    expect(rest).toEqual({ signedIn: false, sessions: 0 });
  });
});
