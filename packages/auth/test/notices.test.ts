import { eq } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { days, hours, minutes, seconds } from "../src/duration.ts";
import type { MailKind } from "../src/features/outbox/mails.ts";
import { rateLimits } from "../src/features/rate-limits/rate-limits.ts";
import { makeHouse } from "../src/house.ts";
import { type Browser, browser, crowd } from "./browser.ts";
import { hasSession, loaderOf, reasonOf } from "./factors.ts";
import { houseOn, openHouse } from "./house.ts";
import { openLoggedHouse } from "./logged.ts";
import { pages } from "./pages.ts";
import { login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

const NEW_PASSWORD = "seven purple elephants dancing";
const THIEFS = "a thief was here before you";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Edg/140.0";
const LINUX = "Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
/** The same app without anything of its own. */
let plainSite: ReturnType<typeof pages>;
const told: string[] = [];
/** Whose way back the app refuses just now. */
let failingFor = "";
beforeAll(async () => {
  const placeOf = async (ip: string) => {
    if (ip.startsWith("192.0.2.")) throw new Error("no such place");
    return `the land of ${ip}`;
  };
  const onEmailChange = async (_tx: never, { email }: { email: string }) => {
    told.push(email);
    if (email === failingFor) throw new Error("the app said no");
  };
  const secret = "a secret of quite enough bytes: 1234";
  house = await openHouse({ placeOf, hooks: { onEmailChange }, secret });
  handle = pages(house);
  plainSite = pages(await houseOn(house.core.db as never, { secret }));
});
beforeEach(async () => {
  // What happens at the same moment has no order.
  await house.clock.advance(seconds(1));
});

const visit = crowd(() => handle);

async function mailsTo(email: string, kind?: MailKind) {
  return (await house.outbox()).filter(
    ({ to, subject }) => to === email && (!kind || subject === kind),
  );
}

/** The link to this page in the newest mail of a kind. */
async function linkTo(page: string, email: string, kind: MailKind): Promise<string> {
  const [mail] = await mailsTo(email, kind);
  const line = mail?.text.split("\n").find((text) => text.includes(`${page}?token=`));
  return line?.replace("https://app.test", "") ?? "none";
}

const disownLink = (email: string, kind: MailKind) => linkTo("/not-me", email, kind);

/** Opens a "this wasn't me" and presses its button. */
async function disown(path: string, visitor = visit()): Promise<Response> {
  await visitor.get(path);
  return visitor.post("/not-me");
}

const isSignedIn = async (visitor: Browser) => (await visitor.get("/secret")).status === 200;

/** Signed in, and with a thief who knows the password. */
async function victim() {
  const visitor = visit();
  const email = await register(house, visitor);
  const thief = visit();
  await login(thief, email);
  return { visitor, thief, email, id: (await userByEmail(house, email)).id };
}

async function changePassword(visitor: Browser, currentPassword = PASSWORD, newPassword = THIEFS) {
  await house.clock.advance(seconds(1));
  return visitor.post("/settings/password", { currentPassword, newPassword });
}

/** The thief moves the account to a mailbox of their own. */
async function moveAway(thief: Browser, to = newAddress("thief")): Promise<string> {
  await house.clock.advance(seconds(1));
  await thief.post("/settings/email", { email: to });
  await thief.get(await linkTo("/settings/email/confirm", to, "confirm-email"));
  expect((await thief.post("/settings/email/confirm")).status).toBe(302);
  return to;
}

/** The reset that the owner is sent, used. */
async function resetBy(email: string): Promise<Response> {
  const owner = visit();
  await owner.get(await linkTo("/reset-password", email, "reset-password"));
  return owner.post("/reset-password", { password: NEW_PASSWORD });
}

describe('F26 "this wasn\'t me"', () => {
  it("ends all sessions, the password and the trust, and mails the way to a new password", async () => {
    const { visitor, thief, email, id } = await victim();
    await changePassword(thief);
    expect(await isSignedIn(visitor)).toBe(false);
    const answer = await disown(await disownLink(email, "password-changed"));
    expect(answer.status).toBe(200);
    expect(await isSignedIn(thief)).toBe(false);
    expect((await visit().post("/login", { email, password: THIEFS })).status).toBe(401);
    expect((await resetBy(email)).status).toBe(302);
    const back = visit();
    await back.post("/login", { email, password: NEW_PASSWORD });
    expect(hasSession(back)).toBe(true);
    expect((await house.expectAudit("account.disowned", { id })).actorId).toBe(null);
  });

  it("R89 is said by a button: opening the link changes nothing, and the button works once", async () => {
    const { thief, email } = await victim();
    await changePassword(thief);
    const path = await disownLink(email, "password-changed");
    const owner = visit();
    expect(await loaderOf(await owner.get("/not-me"), "not-me")).toEqual({ link: "expired" });
    for (const method of ["HEAD", "GET"]) await owner.send(path, { method });
    expect(await loaderOf(await owner.get("/not-me"), "not-me")).toEqual({ link: "valid" });
    expect(await isSignedIn(thief)).toBe(true);
    expect((await disown(path)).status).toBe(200);
    const again = await disown(path);
    expect([again.status, await reasonOf(again)]).toEqual([400, "link_expired"]);
  });

  it("ends the trust in every browser", async () => {
    const { visitor, email, id } = await victim();
    await changePassword(visitor, PASSWORD, NEW_PASSWORD);
    const row = { userId: id, tokenHash: `hash of ${id}`, device: "x", ip: null };
    const dates = {
      createdAt: house.core.now,
      lastUsedAt: house.core.now,
      expiresAt: house.core.now,
    };
    await house.core.db.insert(schema.trustedDevices).values({ ...row, ...dates } as never);
    await disown(await disownLink(email, "password-changed"));
    const left = await house.core.db
      .select({ id: schema.trustedDevices.id })
      .from(schema.trustedDevices)
      .where(eq(schema.trustedDevices.userId, id));
    expect(left).toEqual([]);
  });

  it("R94 takes a change of the address back that waits", async () => {
    const { thief, email } = await victim();
    const wanted = newAddress("thief");
    await thief.post("/settings/email", { email: wanted });
    const path = await linkTo("/settings/email/confirm", wanted, "confirm-email");
    expect((await disown(await disownLink(email, "email-change-requested"))).status).toBe(200);
    await resetBy(email);
    const owner = visit();
    await owner.post("/login", { email, password: NEW_PASSWORD });
    expect(await loaderOf(await owner.get("/settings/email"), "settings/email")).toEqual({
      pending: null,
    });
    await owner.get(path);
    expect((await owner.post("/settings/email/confirm")).status).toBe(400);
  });

  it("R94 undoes a change of the address that is done, and the reset goes to the address of before", async () => {
    const { thief, email, id } = await victim();
    const away = await moveAway(thief);
    await changePassword(thief);
    told.length = 0;
    expect((await disown(await disownLink(email, "email-changed"))).status).toBe(200);
    expect(told).toEqual([email]);
    expect((await userByEmail(house, email)).id).toBe(id);
    expect(await isSignedIn(thief)).toBe(false);
    expect((await resetBy(email)).status).toBe(302);
    expect((await mailsTo(away, "reset-password")).length).toBe(0);
    expect((await visit().post("/login", { email, password: NEW_PASSWORD })).status).toBe(302);
    expect((await house.expectAudit("email.changed", { id })).details).toEqual({ by: "disowning" });
  });

  it("reaches back before any number of changes by a thief, and none of the thief's own links outranks it", async () => {
    const { thief, email, id } = await victim();
    const second = await moveAway(thief);
    await changePassword(thief);
    const third = await moveAway(thief);
    const links = [
      await disownLink(second, "password-changed"),
      await disownLink(second, "email-changed"),
    ];
    expect((await disown(links[0] as string)).status).toBe(200);
    expect((await disown(await disownLink(email, "email-changed"))).status).toBe(200);
    expect((await userByEmail(house, email)).id).toBe(id);
    for (const path of links) expect((await disown(path)).status).toBe(400);
    expect(await mailsTo(third, "reset-password")).toEqual([]);
    expect((await userByEmail(house, email)).id).toBe(id);
  });

  it("R134 cannot be thwarted by registering the address anew, which looks like any other registration", async () => {
    const { thief, email, id } = await victim();
    await moveAway(thief);
    const [squatter, other] = [visit(), visit()];
    const answers = [
      await squatter.post("/register", { email, password: THIEFS }),
      await other.post("/register", { email: newAddress(), password: THIEFS }),
    ];
    expect(answers.map(({ status, headers }) => [status, headers.get("Location")])).toEqual(
      Array(2).fill([302, "/verify-email"]),
    );
    expect([...squatter.jar.keys()]).toEqual([...other.jar.keys()]);
    expect((await mailsTo(email))[0]?.subject).toBe("email-changed");
    expect((await disown(await disownLink(email, "email-changed"))).status).toBe(200);
    expect((await userByEmail(house, email)).id).toBe(id);
  });

  it("keeps the address it was sent to for its owner while it is good, and no longer", async () => {
    const { thief, email } = await victim();
    await moveAway(thief);
    await house.clock.advance(days(8));
    // Mails of one batch come in any order.
    await house.outbox();
    expect(await register(house, visit(), email)).toBe(email);
  });

  it("R134 gives an address back to nobody who has not proven it", async () => {
    const lenient = await openHouse({ unverifiedUsers: "allow" });
    const visitLenient = crowd(() => pages(lenient));
    const [visitor, mistyped, wanted] = [visitLenient(), newAddress("mistyped"), newAddress()];
    await visitor.post("/register", { email: mistyped, password: PASSWORD });
    await login(visitor, mistyped);
    await changePassword(visitor, PASSWORD, NEW_PASSWORD);
    const find = async (to: string, page: string) => {
      const texts = (await lenient.outbox())
        .filter((mail) => mail.to === to)
        .map(({ text }) => text);
      const line = texts
        .join("\n")
        .split("\n")
        .find((text) => text.includes(page));
      return line?.replace("https://app.test", "") ?? "none";
    };
    const path = await find(mistyped, "/not-me?");
    await lenient.clock.advance(seconds(1));
    await visitor.post("/step-up", { password: NEW_PASSWORD });
    await visitor.post("/settings/email", { email: wanted });
    await visitor.get(await find(wanted, "/settings/email/confirm?"));
    await visitor.post("/settings/email/confirm");
    expect((await disown(path, visitLenient())).status).toBe(400);
    expect((await userByEmail(lenient, wanted)).email).toBe(wanted);
    expect((await visitor.get("/secret")).status).toBe(200);
  });

  it("refuses calmly where the address is somebody else's by now", async () => {
    const { thief, email } = await victim();
    const away = await moveAway(thief);
    const row = { email, emailVerifiedAt: house.core.now } as never;
    await house.core.db.insert(schema.users).values(row);
    expect(await reasonOf(await disown(await disownLink(email, "email-changed")))).toBe(
      "link_expired",
    );
    expect((await userByEmail(house, away)).email).toBe(away);
  });

  it("R88 pressed twice at once is done once, also in an app without hooks", async () => {
    const { thief, email } = await victim();
    await moveAway(thief);
    const path = await disownLink(email, "email-changed");
    const plain = crowd(() => plainSite);
    const twins = [plain(), plain()];
    for (const twin of twins) await twin.get(path);
    const answers = await Promise.all(twins.map((twin) => twin.post("/not-me")));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(await mailsTo(email, "reset-password")).toHaveLength(1);
  });

  it("F9 L3 leaves everything as it was when a hook of the app throws, and stays good", async () => {
    const { thief, email } = await victim();
    const away = await moveAway(thief);
    const path = await disownLink(email, "email-changed");
    failingFor = email;
    expect((await disown(path)).status).toBe(500);
    failingFor = "";
    expect((await userByEmail(house, away)).email).toBe(away);
    expect(await isSignedIn(thief)).toBe(true);
    expect((await disown(path)).status).toBe(200);
  });

  it.each([
    ["works a second before", days(7) - 1, 200],
    ["is over a second after", days(7) + 1, 400],
  ])("R86 %s its week: %i", async (_what, wait, status) => {
    const { thief, email } = await victim();
    await changePassword(thief);
    const path = await disownLink(email, "password-changed");
    await house.clock.advance(seconds(wait));
    expect((await disown(path)).status).toBe(status);
  });

  it("R30 is limited by network", async () => {
    const visitor = visit();
    const statuses = [];
    for (let n = 0; n < 21; n++) statuses.push((await visitor.post("/not-me")).status);
    expect(statuses).toEqual([...Array(20).fill(400), 429]);
  });
});

describe("F26 each notice", () => {
  it("says from which device, where and when, and how to undo it", async () => {
    const email = newAddress();
    await register(house, browser(handle, { ip: "198.51.100.81" }), email);
    const visitor = browser(handle, { ip: "198.51.100.82", userAgent: WINDOWS });
    await login(visitor, email);
    const { at } = await house.expectAudit("login.succeeded", await userByEmail(house, email));
    const [mail] = await mailsTo(email, "new-device-login");
    expect(mail?.text).toContain("Edge on Windows");
    expect(mail?.text).toContain("the land of 198.51.100.82");
    expect(mail?.text).toContain(String(at));
    expect(mail?.text).toContain("https://app.test/not-me?token=");
  });

  it("leaves without a place where that cannot be told", async () => {
    const visitor = browser(handle, { ip: "192.0.2.7" });
    const email = await register(house, visitor);
    await changePassword(visitor);
    const [mail] = await mailsTo(email, "password-changed");
    expect(mail?.text).toContain("/not-me?token=");
    expect(mail?.text).not.toContain("land of");
  });

  it("R98 R80 has nothing in it that a visitor chose: no header, no link, no line of text", async () => {
    const evil = "https://evil.example/?x=\r\nBcc: eve@evil.example";
    const userAgent = `${LINUX} ${evil.replace(/[\r\n]/g, " ")} Click https://evil.example`;
    const email = newAddress("http//evil.example/path?a=b&");
    const visitor = browser(handle, { ip: "198.51.100.83", userAgent });
    await register(house, visitor, email);
    await visitor.post("/forgot-password", { email });
    await visitor.post("/login/magic-link", { intent: "request", email });
    const other = newAddress("evil.example/other");
    await visitor.post("/settings/email", { email: other });
    await changePassword(visitor);
    const mails = [...(await mailsTo(email)), ...(await mailsTo(other))];
    expect(mails.length).toBeGreaterThan(5);
    for (const { to, subject, text } of mails) {
      expect([subject, text.includes("evil")]).toEqual([subject, false]);
      expect(`${to}${subject}`).not.toMatch(/[\r\n,]/);
      const links = text.match(/\w+:\/\/\S+/g) ?? [];
      expect(links.filter((link) => !link.startsWith("https://app.test/"))).toEqual([]);
    }
  });

  it("points to a new password where the app does not list notices", async () => {
    const { core } = house;
    const user = await userByEmail(house, await register(house, visit()));
    const plain = makeHouse(
      () => core,
      () => ({}),
    );
    expect(await plain.disownUrl(core.db, user)).toBe("https://app.test/forgot-password");
  });
});

describe("F19 a login", () => {
  const from = (ip: string, userAgent = LINUX) => browser(handle, { ip, userAgent });
  const noticed = async (email: string) => (await mailsTo(email, "new-device-login")).length;

  it("from a new device in a new network is told to the owner, once", async () => {
    const email = await register(house, from("198.51.100.91"));
    expect(await noticed(email)).toBe(0);
    await login(from("198.51.100.92", WINDOWS), email);
    await login(from("198.51.100.92", WINDOWS), email);
    expect(await noticed(email)).toBe(1);
  });

  it.each([
    ["a known device in a new network", "2001:db8:a:b::1", LINUX],
    ["a new device in a known network", "2001:db8:c:d:ffff::1", WINDOWS],
  ])("from %s is not", async (_what, ip, userAgent) => {
    const email = await register(house, from("2001:db8:c:d::1"));
    await login(from(ip, userAgent), email);
    expect(await noticed(email)).toBe(0);
  });

  it("is compared with those before it when their sessions are long over", async () => {
    const email = await register(house, from("198.51.100.93"));
    await house.clock.advance(days(60));
    await house.prune();
    await login(from("198.51.100.94", LINUX), email);
    expect(await noticed(email)).toBe(0);
  });

  it("by a thief is ended by the link in the notice", async () => {
    const owner = from("198.51.100.95");
    const email = await register(house, owner);
    const thief = from("198.51.100.96", WINDOWS);
    await login(thief, email);
    expect(await isSignedIn(thief)).toBe(true);
    await disown(await disownLink(email, "new-device-login"), owner);
    expect(await isSignedIn(thief)).toBe(false);
    expect((await login(from("198.51.100.97"), email)).status).toBe(401);
  });
});

describe("F26 R23 an account that is guessed at until it is locked", () => {
  const WRONG = "wrong horse battery staple";

  /** So many tries that nobody looks at. */
  async function useUp({ core, clock }: typeof house, email: string, count: number) {
    for (let n = 0; n < count; n++) {
      await rateLimits(core).reserveTry(email);
      await clock.advance(minutes(1));
    }
  }

  const guess = (site: typeof handle, email: string) =>
    browser(site, { ip: "198.51.100.99" }).post("/login", { email, password: WRONG });

  it("tells its owner once, and the audit trail", async () => {
    const email = await register(house, visit());
    await useUp(house, email, 18);
    await guess(handle, email);
    await house.clock.advance(minutes(1));
    expect(await mailsTo(email, "login-locked")).toHaveLength(0);
    await guess(handle, email);
    await guess(handle, email);
    expect(await mailsTo(email, "login-locked")).toHaveLength(1);
    await house.expectAudit("login.locked", await userByEmail(house, email));
    await house.clock.advance(hours(2));
    expect((await login(visit(), email)).status).toBe(302);
  });

  it("R20 costs the same number of statements if there is no such account", async () => {
    const { house: logged, during } = await openLoggedHouse();
    const site = pages(logged);
    const counts = [];
    for (const email of [await register(logged, browser(site)), newAddress("nobody")]) {
      await useUp(logged, email, 19);
      counts.push((await during(() => guess(site, email))).length);
    }
    expect(counts[0]).toBe(counts[1]);
  });
});
