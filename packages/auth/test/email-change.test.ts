import { eq } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Hooks } from "../src/core.ts";
import { hours, minutes, seconds } from "../src/duration.ts";
import type { MailKind } from "../src/features/outbox/mails.ts";
import { type Browser, browser, crowd } from "./browser.ts";
import { loaderOf, reasonOf } from "./factors.ts";
import { openHouse } from "./house.ts";
import { openLoggedHouse } from "./logged.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

const NEW_PASSWORD = "seven purple elephants dancing";

let house: House;
let handle: ReturnType<typeof pages>;
/** What the app's own hooks were told. */
const told: [hook: string, email: string][] = [];
/** The hook that throws just now. */
let failing: string | null = null;
const hooks = Object.fromEntries(
  ["onEmailChange", "onEmailVerified"].map((name) => [
    name,
    async (_tx: never, { email }: { email: string }) => {
      told.push([name, email]);
      if (failing === name) throw new Error("the app said no");
    },
  ]),
) as Hooks;
beforeAll(async () => {
  house = await openHouse({ hooks });
  handle = pages(house);
});
beforeEach(() => {
  told.length = 0;
});

const visit = crowd(() => handle);

/** Signed in just now, with another address in mind. */
async function mover() {
  const visitor = visit();
  const email = await register(house, visitor);
  const { id } = await userByEmail(house, email);
  return { visitor, email, id, wanted: newAddress("moved") };
}

const ask = (visitor: Browser, email: string) => visitor.post("/settings/email", { email });
const isSignedIn = async (visitor: Browser) => (await visitor.get("/secret")).status === 200;
const pending = async (visitor: Browser) =>
  (
    await loaderOf<{ pending: string | null }>(
      await visitor.get("/settings/email"),
      "settings/email",
    )
  ).pending;

async function kindsTo(email: string): Promise<string[]> {
  return (await house.outbox()).filter(({ to }) => to === email).map(({ subject }) => subject);
}

/** The link to this page in the newest mail of a kind. */
async function linkTo(page: string, email: string, kind: MailKind): Promise<string> {
  const mails = (await house.outbox()).filter(
    ({ to, subject }) => to === email && subject === kind,
  );
  const line = mails[0]?.text.split("\n").find((text) => text.includes(`${page}?token=`));
  return line?.replace("https://app.test", "") ?? "none";
}

const confirmLink = (email: string) => linkTo("/settings/email/confirm", email, "confirm-email");
const cancelLink = (email: string) =>
  linkTo("/settings/email/cancel", email, "email-change-requested");

async function confirm(visitor: Browser, email: string): Promise<Response> {
  await visitor.get(await confirmLink(email));
  return visitor.post("/settings/email/confirm", { intent: "confirm" });
}

describe("R94 another address", () => {
  it("counts when its mailbox is proven, and not before", async () => {
    const { visitor, email, wanted } = await mover();
    expect((await ask(visitor, wanted.toUpperCase())).status).toBe(302);
    expect(await pending(visitor)).toBe(wanted);
    await house.expectAudit("email.change-requested", await userByEmail(house, email));
    expect((await login(visit(), email)).headers.get("Location")).toBe("/");
    expect((await login(visit(), wanted)).status).toBe(401);
    expect((await confirm(visitor, wanted)).headers.get("Location")).toBe("/settings/email");
    expect((await login(visit(), wanted)).headers.get("Location")).toBe("/");
    expect((await login(visit(), email)).status).toBe(401);
    expect(await pending(visitor)).toBe(null);
    expect((await userByEmail(house, wanted)).emailVerifiedAt).toBeInstanceOf(Date);
    expect(told).toEqual([
      ["onEmailVerified", email],
      ["onEmailChange", wanted],
    ]);
  });

  it("R43 R33 keeps this session under a new id, and ends all others", async () => {
    const { visitor, email, wanted } = await mover();
    const elsewhere = visit();
    await login(elsewhere, email);
    const old = visitor.jar.get("__Host-session") as string;
    await ask(visitor, wanted);
    await confirm(visitor, wanted);
    expect(await isSignedIn(visitor)).toBe(true);
    expect(await isSignedIn(elsewhere)).toBe(false);
    const thief = visit();
    thief.jar.set("__Host-session", old);
    expect(await isSignedIn(thief)).toBe(false);
  });

  it("R87 leaves no link good that was sent to the old address", async () => {
    const { visitor, email, wanted } = await mover();
    await visit().post("/forgot-password", { email });
    await visit().post("/login/magic-link", { intent: "request", email });
    const reset = (await lastMail(house, email, "reset-password")).path;
    const magic = (await lastMail(house, email, "magic-link")).path;
    await ask(visitor, wanted);
    const cancel = await cancelLink(email);
    await confirm(visitor, wanted);
    const thief = visit();
    for (const path of [reset, magic, cancel]) await thief.get(path);
    const answers = [
      await thief.post("/reset-password", { password: NEW_PASSWORD }),
      await thief.post("/login/magic-link", { intent: "confirm" }),
      await thief.post("/settings/email/cancel", { intent: "cancel" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
  });

  it("is told to both addresses: a warning before, a notice after", async () => {
    const { visitor, email, wanted } = await mover();
    await ask(visitor, wanted);
    expect([(await kindsTo(email))[0], await kindsTo(wanted)]).toEqual([
      "email-change-requested",
      ["confirm-email"],
    ]);
    await confirm(visitor, wanted);
    expect([(await kindsTo(email))[0], (await kindsTo(wanted))[0]]).toEqual([
      "email-changed",
      "email-change-completed",
    ]);
  });

  it("wants a proof that is fresh, and a second factor of who has one", async () => {
    const { id, wanted } = await mover();
    const stale = visit();
    stale.adopt(await house.signInAs({ id }, { stale: minutes(11) }));
    house.enrolled.add(id);
    const weak = visit();
    weak.adopt(await house.signInAs({ id }));
    for (const visitor of [stale, weak]) {
      const response = await ask(visitor, wanted);
      expect([response.status, await reasonOf(response)]).toEqual([400, "step_up_required"]);
    }
    const strong = visit();
    strong.adopt(await house.steppedUp({ id }));
    expect((await ask(strong, wanted)).status).toBe(302);
  });

  it.each([
    ["email_invalid", async () => "nonsense"],
    ["email_unchanged", async (email: string) => email.toUpperCase()],
  ])("is refused with %s", async (reason, wanted) => {
    const { visitor, email } = await mover();
    expect(await reasonOf(await ask(visitor, await wanted(email)))).toBe(reason);
    expect(await pending(visitor)).toBe(null);
  });

  it("is one at a time: the newest request wins", async () => {
    const { visitor, email, wanted } = await mover();
    const first = newAddress("first");
    await ask(visitor, first);
    const [confirmFirst, cancelFirst] = [await confirmLink(first), await cancelLink(email)];
    await ask(visitor, wanted);
    expect(await pending(visitor)).toBe(wanted);
    await visitor.get(confirmFirst);
    expect(
      await loaderOf(await visitor.get("/settings/email/confirm"), "settings/email/confirm"),
    ).toEqual({ link: "expired" });
    expect((await visitor.post("/settings/email/confirm")).status).toBe(400);
    await visitor.get(cancelFirst);
    expect((await visitor.post("/settings/email/cancel")).status).toBe(400);
    expect((await confirm(visitor, wanted)).status).toBe(302);
  });

  it("R89 is not taken by opening the link, and its page says which address it is", async () => {
    const { visitor, email, wanted } = await mover();
    await ask(visitor, wanted);
    const path = await confirmLink(wanted);
    for (const method of ["HEAD", "GET"]) await visitor.send(path, { method });
    const page = await visitor.get("/settings/email/confirm");
    expect(await loaderOf(page, "settings/email/confirm")).toEqual({
      link: "valid",
      email: wanted,
    });
    expect((await userByEmail(house, email)).email).toBe(email);
    expect((await visitor.post("/settings/email/confirm")).status).toBe(302);
    expect((await visitor.post("/settings/email/confirm")).status).toBe(400);
  });

  it("R88 pressed twice at once is done once", async () => {
    const { visitor, wanted } = await mover();
    await ask(visitor, wanted);
    await visitor.get(await confirmLink(wanted));
    const twins = [visit(), visit()];
    for (const { jar } of twins) for (const [name, value] of visitor.jar) jar.set(name, value);
    const answers = await Promise.all(twins.map((twin) => twin.post("/settings/email/confirm")));
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 400]);
    expect((await kindsTo(wanted)).sort()).toEqual(["confirm-email", "email-change-completed"]);
  });

  it("R94 needs a login of the same user beside the link: a stranger at a mistyped address gets nothing", async () => {
    const { visitor, email, wanted } = await mover();
    await ask(visitor, wanted);
    const path = await confirmLink(wanted);
    const nobody = visit();
    expect((await nobody.get(path)).status).toBe(303);
    const away = "/login?returnTo=%2Fsettings%2Femail%2Fconfirm";
    expect((await nobody.get("/settings/email/confirm")).headers.get("Location")).toBe(away);
    expect((await nobody.post("/settings/email/confirm")).headers.get("Location")).toMatch(
      /^\/login/,
    );
    const { visitor: somebody } = await mover();
    await somebody.get(path);
    expect(
      await loaderOf(await somebody.get("/settings/email/confirm"), "settings/email/confirm"),
    ).toEqual({ link: "expired" });
    expect(await reasonOf(await somebody.post("/settings/email/confirm"))).toBe("link_expired");
    await login(nobody, email);
    expect((await nobody.post("/settings/email/confirm")).headers.get("Location")).toBe(
      "/settings/email",
    );
  });

  it.each([
    ["before", hours(1) - 1, 302],
    ["after", hours(1) + 1, 400],
  ])("R86 works a second %s its hour is over: %i", async (_when, wait, status) => {
    const { visitor, wanted, id } = await mover();
    await ask(visitor, wanted);
    await house.clock.advance(seconds(wait));
    expect((await confirm(visitor, wanted)).status).toBe(status);
    expect(await isSignedIn(visitor)).toBe(true);
    if (status === 400) visitor.adopt(await house.signInAs({ id }));
    expect(await pending(visitor)).toBe(null);
  });

  it("of somebody who had none proven is a first proof, and strangers at the old one are not asked", async () => {
    const lenient = await openHouse({ unverifiedUsers: "allow", hooks });
    const visitor = browser(pages(lenient));
    const [mistyped, wanted] = [newAddress("mistyped"), newAddress()];
    await visitor.post("/register", { email: mistyped, password: PASSWORD });
    await login(visitor, mistyped);
    await ask(visitor, wanted);
    await visitor.get((await lastMail(lenient, wanted)).path);
    expect((await visitor.post("/settings/email/confirm")).status).toBe(302);
    expect(told).toEqual([
      ["onEmailChange", wanted],
      ["onEmailVerified", wanted],
    ]);
    const mails = (await lenient.outbox()).filter(({ to }) => to === mistyped);
    expect(mails.map(({ subject }) => subject)).toEqual(["verify-email"]);
    const user = await userByEmail(lenient, wanted);
    expect((await lenient.expectAudit("email.verified", user)).details).toEqual({
      by: "email change",
    });
  });
});

describe("R94 a change of the address is taken back", () => {
  it("in the settings", async () => {
    const { visitor, id, wanted } = await mover();
    await ask(visitor, wanted);
    const path = await confirmLink(wanted);
    expect((await visitor.post("/settings/email", { intent: "cancel" })).status).toBe(302);
    expect(await pending(visitor)).toBe(null);
    await visitor.get(path);
    expect((await visitor.post("/settings/email/confirm")).status).toBe(400);
    expect(await reasonOf(await visitor.post("/settings/email", { intent: "cancel" }))).toBe(
      "not_found",
    );
    const event = await house.expectAudit("email.change-cancelled", { id });
    expect([event.details, event.actorId]).toEqual([{ by: "settings" }, id]);
  });

  it("R89 by the link in the warning, in any browser, with a button and once", async () => {
    const { visitor, email, id, wanted } = await mover();
    await ask(visitor, wanted);
    const [path, owner] = [await cancelLink(email), visit()];
    expect(
      await loaderOf(await owner.get("/settings/email/cancel"), "settings/email/cancel"),
    ).toEqual({ link: "expired" });
    await owner.get(path);
    expect(
      await loaderOf(await owner.get("/settings/email/cancel"), "settings/email/cancel"),
    ).toEqual({ link: "valid" });
    expect(await pending(visitor)).toBe(wanted);
    expect((await owner.post("/settings/email/cancel")).status).toBe(200);
    expect(await pending(visitor)).toBe(null);
    expect((await owner.post("/settings/email/cancel")).status).toBe(400);
    const event = await house.expectAudit("email.change-cancelled", { id });
    expect([event.details, event.actorId]).toEqual([{ by: "link" }, null]);
  });
});

describe("R15 R16 asking for an address", () => {
  /** Of somebody else who signed up here, and of nobody. */
  const ADDRESSES: Record<string, () => Promise<string>> = {
    taken: () => register(house, visit()),
    free: async () => newAddress(),
  };

  it("is answered alike whether it is taken, on every page; the owner of a taken one is told", async () => {
    const answers = new Map<string, unknown>();
    for (const [what, address] of Object.entries(ADDRESSES)) {
      const { visitor } = await mover();
      const wanted = await address();
      const response = await ask(visitor, wanted);
      const shown = JSON.stringify([await pending(visitor), wanted]).replaceAll(wanted, "…");
      answers.set(what, [response.status, response.headers.get("Location"), shown]);
      expect((await kindsTo(wanted))[0]).toBe(
        what === "taken" ? "already-registered" : "confirm-email",
      );
    }
    expect(answers.get("taken")).toEqual(answers.get("free"));
  });

  it("costs the same number of statements", async () => {
    const logged = await openLoggedHouse();
    const visitLogged = crowd(() => pages(logged.house));
    const counts = [];
    const taken = await register(logged.house, visitLogged());
    for (const wanted of [taken, newAddress()]) {
      const visitor = visitLogged();
      await register(logged.house, visitor);
      counts.push((await logged.during(() => ask(visitor, wanted))).length);
    }
    expect(counts[0]).toBe(counts[1]);
  });

  it("that somebody got in the meantime is refused at the end, and the user stays where they are", async () => {
    const { visitor, email, wanted } = await mover();
    await ask(visitor, wanted);
    const path = await confirmLink(wanted);
    await register(house, visit(), wanted);
    await visitor.get(path);
    const response = await visitor.post("/settings/email/confirm");
    expect([response.status, await reasonOf(response)]).toEqual([400, "email_taken"]);
    expect((await login(visit(), email)).headers.get("Location")).toBe("/");
  });

  it("R30 is done five times an hour by a user, and five by all for one address", async () => {
    const { visitor } = await mover();
    const statuses = [];
    for (let n = 0; n < 6; n++) statuses.push((await ask(visitor, newAddress())).status);
    expect(statuses).toEqual([302, 302, 302, 302, 302, 429]);
    const victim = newAddress("victim");
    for (let n = 0; n < 7; n++) await ask((await mover()).visitor, victim);
    expect(await kindsTo(victim)).toHaveLength(5);
  });

  it("R30 is bound to the network's limits, as are the links", async () => {
    const visitor = browser(handle, { ip: "198.51.100.71" });
    const email = await register(house, visitor);
    const spam = () => browser(handle, { ip: "198.51.100.71" });
    for (let n = 0; n < 20; n++) await spam().post("/forgot-password", { email: newAddress() });
    expect((await ask(visitor, newAddress())).status).toBe(429);
    for (let n = 0; n < 20; n++) await visitor.post("/settings/email/cancel");
    for (const page of ["confirm", "cancel"]) {
      expect((await visitor.post(`/settings/email/${page}`)).status).toBe(429);
    }
    expect((await userByEmail(house, email)).email).toBe(email);
  });
});

it("F9 L3 a hook of the app that throws leaves the address as it was, and the link good", async () => {
  const { visitor, email, wanted } = await mover();
  await ask(visitor, wanted);
  failing = "onEmailChange";
  expect((await confirm(visitor, wanted)).status).toBe(500);
  failing = null;
  expect(await pending(visitor)).toBe(wanted);
  expect((await login(visit(), email)).headers.get("Location")).toBe("/");
  expect((await confirm(visitor, wanted)).status).toBe(302);
});

describe("a user who is gone", () => {
  it("has no change that waits", async () => {
    const { visitor, id, email, wanted } = await mover();
    await ask(visitor, wanted);
    const path = await cancelLink(email);
    await house.core.db.delete(schema.users).where(eq(schema.users.id, id));
    const owner = visit();
    await owner.get(path);
    expect((await owner.post("/settings/email/cancel")).status).toBe(400);
  });
});
