import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hours, minutes } from "../src/duration.ts";
import { type Browser, crowd } from "./browser.ts";
import { loaderOf, reasonOf } from "./factors.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, newUser, PASSWORD, register } from "./people.ts";

const NEW_PASSWORD = "seven purple elephants dancing";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
/** What happens while a new password is judged. */
let happens: () => Promise<unknown>;
/** Whom the app's own hook was told of. */
const told: string[] = [];
beforeAll(async () => {
  const isBreached = async () => {
    await happens();
    return false;
  };
  const onPasswordChange = async (_tx: never, user: never) => {
    told.push((user as { email: string }).email);
  };
  house = await openHouse({ rules: { isBreached }, hooks: { onPasswordChange } });
  handle = pages(house);
});
beforeEach(() => {
  happens = async () => {};
  told.length = 0;
});

const visit = crowd(() => handle);

/** Signed in by a link in a mail, without a password. */
async function passwordless() {
  const { email, id } = await newUser(house);
  return { visitor: await atAnotherDevice(email), email, id };
}

async function atAnotherDevice(email: string): Promise<Browser> {
  const visitor = visit();
  await visitor.post("/login/magic-link", { intent: "request", email });
  await visitor.get((await lastMail(house, email, "magic-link")).path);
  await visitor.post("/login/magic-link", { intent: "confirm" });
  return visitor;
}

function set(visitor: Browser, newPassword = NEW_PASSWORD): Promise<Response> {
  return visitor.post("/settings/password", { intent: "set", newPassword });
}

const isSignedIn = async (visitor: Browser) => (await visitor.get("/secret")).status === 200;

const hasPassword = async (visitor: Browser) =>
  (
    await loaderOf<{ hasPassword: boolean }>(
      await visitor.get("/settings/password"),
      "settings/password",
    )
  ).hasPassword;

/** The "this wasn't me" in the newest mail. */
async function disownLink(email: string): Promise<string> {
  const mail = (await house.outbox()).find(({ to }) => to === email);
  return /^https:\/\/app\.test(\/not-me\?token=\S+)$/m.exec(mail?.text ?? "")?.[1] ?? "none";
}

async function loginWith(email: string, password: string): Promise<number> {
  return (await visit().post("/login", { email, password })).status;
}

describe("R8 a user without a password", () => {
  it("sets one, and logs in with it", async () => {
    const { visitor, email, id } = await passwordless();
    expect(await hasPassword(visitor)).toBe(false);
    expect(await loginWith(email, NEW_PASSWORD)).toBe(401);
    expect((await set(visitor)).status).toBe(302);
    expect(await hasPassword(visitor)).toBe(true);
    expect(await loginWith(email, NEW_PASSWORD)).toBe(302);
    await house.expectAudit("password.set", { id });
    expect(told).toEqual([email]);
  });

  it("R7 R33 keeps this session under a new id, ends all others and every link, and is told by mail", async () => {
    const { visitor, email } = await passwordless();
    const elsewhere = await atAnotherDevice(email);
    await visit().post("/forgot-password", { email });
    const { path } = await lastMail(house, email, "reset-password");
    const old = visitor.jar.get("__Host-session") as string;
    await set(visitor);
    expect([await isSignedIn(visitor), await isSignedIn(elsewhere)]).toEqual([true, false]);
    const thief = visit();
    thief.jar.set("__Host-session", old);
    expect(await isSignedIn(thief)).toBe(false);
    await thief.get(path);
    expect((await thief.post("/reset-password", { password: PASSWORD })).status).toBe(400);
    expect((await lastMail(house, email)).kind).toBe("password-changed");
  });

  it("R50 must have shown just now who they are", async () => {
    const { visitor, email } = await passwordless();
    await house.clock.advance(minutes(11));
    expect(await reasonOf(await set(visitor))).toBe("step_up_required");
    expect(await hasPassword(visitor)).toBe(false);
    expect(await loginWith(email, NEW_PASSWORD)).toBe(401);
  });

  it("R50 R108 must have shown the second factor they have", async () => {
    const { id } = await newUser(house);
    await house.enrollPasskey({ id });
    const [weak, strong] = [visit(), visit()];
    weak.adopt(await house.signInAs({ id }));
    strong.adopt(await house.steppedUp({ id }));
    expect(await reasonOf(await set(weak))).toBe("step_up_required");
    expect((await set(strong)).status).toBe(302);
    expect((await strong.get("/strong")).status).toBe(200);
  });

  it("R2 R6 is bound to the rules of a new password", async () => {
    const { visitor } = await passwordless();
    expect(await reasonOf(await set(visitor, "short"))).toBe("password_too_short");
    expect(await hasPassword(visitor)).toBe(false);
  });

  it("R12 R30 is bound to the network's limits before anything is hashed", async () => {
    const { visitor } = await passwordless();
    for (let n = 0; n < 30; n++) await set(visitor, "short");
    expect((await set(visitor)).status).toBe(429);
    expect(await hasPassword(visitor)).toBe(false);
  });
});

describe("R8 setting a password", () => {
  it("is impossible where there is one, and leaves it as it was", async () => {
    const visitor = visit();
    const email = await register(house, visitor);
    expect(await hasPassword(visitor)).toBe(true);
    expect(await reasonOf(await set(visitor))).toBe("password_exists");
    expect(await loginWith(email, NEW_PASSWORD)).toBe(401);
    expect((await login(visit(), email)).status).toBe(302);
  });

  it("is impossible where somebody was faster", async () => {
    const { visitor, email } = await passwordless();
    const twin = visit();
    for (const [name, value] of visitor.jar) twin.jar.set(name, value);
    happens = async () => {
      happens = async () => {};
      await set(twin, PASSWORD);
    };
    expect(await reasonOf(await set(visitor))).toBe("password_exists");
    expect([await loginWith(email, NEW_PASSWORD), await loginWith(email, PASSWORD)]).toEqual([
      401, 302,
    ]);
    expect(told).toEqual([email]);
  });

  it("R43 comes to nothing when the owner says meanwhile that it was not them", async () => {
    const { visitor: thief, email, id } = await passwordless();
    await thief.post("/settings/email", { email: newAddress("thief") });
    const path = await disownLink(email);
    const owner = visit();
    happens = async () => {
      await owner.get(path);
      expect((await owner.post("/not-me")).status).toBe(200);
    };
    expect(await reasonOf(await set(thief))).toBe("step_up_required");
    expect(await loginWith(email, NEW_PASSWORD)).toBe(401);
    await expect(house.expectAudit("password.set", { id })).rejects.toThrow();
  });

  it("R134 leaves nothing behind for who takes the account over by the first proof of its mailbox", async () => {
    const lenient = await openHouse({ unverifiedUsers: "allow" });
    const open = crowd(() => pages(lenient));
    const { email, id } = await newUser(lenient);
    await lenient.core.db.execute(
      `update users set email_verified_at = null where id = '${id}'` as never,
    );
    const squatter = open();
    squatter.adopt(await lenient.signInAs({ id }));
    expect((await set(squatter)).status).toBe(302);
    await lenient.clock.advance(hours(1));
    const owner = open();
    await owner.post("/login/magic-link", { intent: "request", email });
    await owner.get((await lastMail(lenient, email, "magic-link")).path);
    await owner.post("/login/magic-link", { intent: "confirm" });
    expect(await isSignedIn(owner)).toBe(true);
    expect((await open().post("/login", { email, password: NEW_PASSWORD })).status).toBe(401);
  });
});
