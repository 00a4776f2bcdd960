import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { minutes, seconds } from "../src/duration.ts";
import { type Browser, crowd } from "./browser.ts";
import { finish, hasSession, loaderOf, reasonOf } from "./factors.ts";
import { RIGHT_CODE } from "./fake-factor.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, newUser, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
/** The addresses that the app's own hook was told are proven. */
const proven: string[] = [];
beforeAll(async () => {
  const onEmailVerified = async (_tx: never, { email }: { email: string }) =>
    void proven.push(email);
  house = await openHouse({ hooks: { onEmailVerified } });
  handle = pages(house);
});

const visit = crowd(() => handle);
const PAGE = "/login/magic-link";

const ask = (visitor: Browser, email: string) => visitor.post(PAGE, { intent: "request", email });
const linkFor = async (email: string) => (await lastMail(house, email, "magic-link")).path;
const press = (visitor: Browser) => visitor.post(PAGE, { intent: "confirm" });
const shown = async (visitor: Browser) =>
  loaderOf<{ link: string }>(await visitor.get(PAGE), PAGE.slice(1));

/** Somebody with an account, whose link is in the mail. */
async function asked(visitor = visit()) {
  const email = await register(house, visit());
  await ask(visitor, email);
  return { visitor, email, path: await linkFor(email) };
}

async function sessionOf(email: string) {
  const { id } = await userByEmail(house, email);
  const mine = eq(schema.sessions.userId, id);
  const rows = await house.core.db
    .select({ session: schema.sessions })
    .from(schema.sessions)
    .where(mine);
  return rows.map(({ session }) => [session.amr, session.aal]);
}

/** Somebody registered this address and never proved it. */
async function squatted() {
  const email = newAddress("owner");
  const squatter = visit();
  await squatter.post("/register", { email, password: PASSWORD });
  return { email, squatter };
}

describe("F22 a link by mail", () => {
  it("logs in, once, without a password", async () => {
    const user = await newUser(house);
    const visitor = visit();
    expect((await ask(visitor, user.email.toUpperCase())).status).toBe(200);
    const path = await linkFor(user.email);
    await visitor.get(path);
    expect(await shown(visitor)).toEqual({ link: "this-browser" });
    expect((await press(visitor)).headers.get("Location")).toBe("/");
    expect(await shown(visitor)).toEqual({ link: "none" });
    expect(await sessionOf(user.email)).toEqual([[["email"], 1]]);
    const late = visit();
    await late.get(path);
    expect(await shown(late)).toEqual({ link: "expired" });
    expect([(await press(late)).status, hasSession(late)]).toEqual([400, false]);
  });

  it("R89 is not spent by opening it, nor by a scanner", async () => {
    const { visitor, path } = await asked();
    for (const method of ["HEAD", "GET", "GET"]) await visit().send(path, { method });
    expect((await visitor.get(path)).headers.get("Location")).toBe(PAGE);
    expect(hasSession(visitor)).toBe(false);
    expect((await press(visitor)).status).toBe(302);
    expect(hasSession(visitor)).toBe(true);
  });

  it("R90 in another browser says who would be logged in, and which device asked and when", async () => {
    const userAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Edg/140.0";
    const { email, path } = await asked(visit({ userAgent }));
    await house.clock.advance(minutes(5));
    const elsewhere = visit();
    await elsewhere.get(path);
    const page = await shown(elsewhere);
    expect(page).toMatchObject({ link: "other-browser", email, device: "Edge on Windows" });
    const { at } = await house.expectAudit("magic-link.requested", await userByEmail(house, email));
    expect(page).toMatchObject({ askedAt: at.toISOString() });
    expect((await press(elsewhere)).headers.get("Location")).toBe("/");
    await house.clock.back(minutes(5));
  });

  it("leads on to the page that was asked for, and other browsers nowhere but home", async () => {
    const returnTo = "/secret?from=mail";
    for (const [opens, location] of [
      [(asking: Browser) => asking, returnTo],
      [() => visit(), "/"],
    ] as const) {
      const asking = visit();
      const email = await register(house, visit());
      await asking.post(PAGE, { intent: "request", email, returnTo });
      const visitor = opens(asking);
      await visitor.get(await linkFor(email));
      expect((await press(visitor)).headers.get("Location")).toBe(location);
    }
  });

  it.each(["https://evil.example/", "//evil.example", "/\\evil.example"])(
    "R72 leads home instead of to %j, which is not even kept",
    async (returnTo) => {
      const [visitor, email] = [visit(), await register(house, visit())];
      await visitor.post(PAGE, { intent: "request", email, returnTo });
      const kept = await house.core.db.select({ token: schema.tokens }).from(schema.tokens);
      expect(JSON.stringify(kept)).not.toContain("evil");
      await visitor.get(await linkFor(email));
      expect((await press(visitor)).headers.get("Location")).toBe("/");
    },
  );

  it.each([
    ["works a second before", minutes(10) - 1, 302],
    ["is over a second after", minutes(10) + 1, 400],
  ])("R86 %s its ten minutes: %i", async (_what, wait, status) => {
    const { visitor, path } = await asked();
    await house.clock.advance(seconds(wait));
    await visitor.get(path);
    expect((await press(visitor)).status).toBe(status);
    await house.clock.back(seconds(wait));
  });

  it("R87 is dead when a newer one was asked for, also in a browser that has opened it", async () => {
    const { visitor, email, path } = await asked();
    await visitor.get(path);
    await ask(visitor, email);
    expect(await shown(visitor)).toEqual({ link: "none" });
    await visitor.get(path);
    expect((await press(visitor)).status).toBe(400);
    await visitor.get(await linkFor(email));
    expect((await press(visitor)).status).toBe(302);
  });

  it("R87 is dead when the password was changed", async () => {
    const owner = visit();
    const email = await register(house, owner);
    await ask(visit(), email);
    const form = { currentPassword: PASSWORD, newPassword: "seven purple elephants dancing" };
    await owner.post("/settings/password", form);
    const thief = visit();
    await thief.get(await linkFor(email));
    expect([(await press(thief)).status, hasSession(thief)]).toEqual([400, false]);
  });

  it("still leaves the second factor to be given, and is none itself", async () => {
    const { visitor, email, path } = await asked();
    house.enrolled.add((await userByEmail(house, email)).id);
    await visitor.get(path);
    expect((await press(visitor)).headers.get("Location")).toBe("/login/second-factor");
    expect(hasSession(visitor)).toBe(false);
    expect((await finish(visitor, "email-code", "123456")).status).toBe(400);
    await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    expect(await sessionOf(email)).toContainEqual([["email", "otp"], 2]);
  });

  it("lets nobody in who is disabled, proven or not", async () => {
    const { email: unproven } = await squatted();
    for (const email of [await register(house, visit()), unproven]) {
      const visitor = visit();
      await ask(visitor, email);
      await house.disable((await userByEmail(house, email)).id);
      await visitor.get(await linkFor(email));
      const answer = await press(visitor);
      expect(answer.headers.get("Location")).toBe("/login?refused=account_disabled");
      expect(hasSession(visitor)).toBe(false);
    }
  });

  it("is worth nothing when its user is gone", async () => {
    const { visitor, email, path } = await asked();
    await visitor.get(path);
    await house.core.db.delete(schema.users).where(eq(schema.users.email, email));
    expect(await reasonOf(await press(visitor))).toBe("link_expired");
  });

  it("is for addresses alone", async () => {
    expect(await reasonOf(await ask(visit(), "nonsense"))).toBe("email_invalid");
  });
});

describe("R134 R93 a link by mail to an address that was never proven", () => {
  it("proves it, and removes the password of whoever registered it first", async () => {
    const { email, squatter } = await squatted();
    const owner = visit();
    await ask(owner, email);
    const path = await linkFor(email);
    await owner.get(path);
    expect((await press(owner)).headers.get("Location")).toBe("/");
    const user = await userByEmail(house, email);
    expect(user.emailVerifiedAt).toBeInstanceOf(Date);
    expect(proven).toContain(email);
    expect((await house.expectAudit("email.verified", user)).details).toEqual({ by: "magic link" });
    expect((await login(visit(), email)).status).toBe(401);
    const { code } = await lastMail(house, email, "verify-email");
    await squatter.post("/verify-email", { intent: "code", code });
    expect(hasSession(squatter)).toBe(false);
  });

  it("ends the sessions of whoever was let in without a proof", async () => {
    const lenient = await openHouse({ unverifiedUsers: "allow" });
    const visitLenient = crowd(() => pages(lenient));
    const [squatter, owner, email] = [visitLenient(), visitLenient(), newAddress("owner")];
    await squatter.post("/register", { email, password: PASSWORD });
    await login(squatter, email);
    expect((await squatter.get("/secret")).status).toBe(200);
    await ask(owner, email);
    await owner.get((await lastMail(lenient, email, "magic-link")).path);
    await press(owner);
    expect((await squatter.get("/secret")).status).toBe(302);
    expect((await owner.get("/secret")).status).toBe(200);
  });

  it("R88 pressed twice at once lets one in", async () => {
    const { email } = await squatted();
    const owner = visit();
    await ask(owner, email);
    await owner.get(await linkFor(email));
    const twins = [visit(), visit()];
    for (const { jar } of twins) jar.set("__Host-flow", owner.jar.get("__Host-flow") as string);
    const answers = await Promise.all(twins.map(press));
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 400]);
    expect(await sessionOf(email)).toHaveLength(1);
  });

  it("leaves the password of whoever has proven theirs", async () => {
    const { visitor, email, path } = await asked();
    await visitor.get(path);
    await press(visitor);
    expect((await login(visit(), email)).headers.get("Location")).toBe("/");
  });
});

describe("R30 R31 asking for links", () => {
  it("is limited by address and by network, and pressing the button by network", async () => {
    const email = await register(house, visit());
    const byAddress = [];
    for (let n = 0; n < 5; n++) byAddress.push((await ask(visit(), email)).status);
    expect(byAddress).toEqual([200, 200, 200, 200, 429]);
    const spammer = visit();
    const byNetwork = [];
    for (let n = 0; n < 21; n++) byNetwork.push((await ask(spammer, newAddress())).status);
    expect(byNetwork).toEqual([...Array(20).fill(200), 429]);
    const pressed = [];
    for (let n = 0; n < 21; n++) pressed.push((await press(spammer)).status);
    expect(pressed).toEqual([...Array(20).fill(400), 429]);
  });
});
