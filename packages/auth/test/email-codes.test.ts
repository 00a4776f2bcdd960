import { beforeAll, describe, expect, it } from "vitest";
import { minutes } from "../src/duration.ts";
import type { Browser } from "./browser.ts";
import { factorsIn, finish, hasSession, loaderOf, reasonOf } from "./factors.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, newUser, PASSWORD, register, userByEmail } from "./people.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse({ mailAsSecondFactor: true });
  handle = pages(house);
});
const { visit, enrolled, challenged } = factorsIn(
  () => house,
  () => handle,
);

const PAGE = "/login/email-code";
const request = (visitor: Browser, email: string) =>
  visitor.post(PAGE, { intent: "request", email });
const type = (visitor: Browser, code: string) => visitor.post(PAGE, { intent: "code", code });
const codeFor = async (email: string) => (await lastMail(house, email, "email-code")).code;
/** Another code than this. */
const not = (code: string) => (code === "000000" ? "111111" : "000000");

describe("logging in by a code in a mail", () => {
  it("lets the owner of the mailbox in, once, in the browser that asked", async () => {
    const { email } = await newUser(house);
    const visitor = visit();
    await request(visitor, email);
    const code = await codeFor(email);
    expect(code).toMatch(/^\d{6}$/);
    const elsewhere = visit();
    await request(elsewhere, newAddress("nobody"));
    expect(await reasonOf(await type(elsewhere, code))).toBe("code_wrong");
    await type(visitor, code);
    expect(hasSession(visitor)).toBe(true);
    const again = visit();
    again.jar.set("__Host-flow", visitor.jar.get("__Host-flow") as string);
    expect(await reasonOf(await type(again, code))).toBe("code_wrong");
  });

  it("R15 R16 answers alike for known, unproven and unknown addresses", async () => {
    const { email } = await newUser(house);
    const unproven = newAddress("unproven");
    await visit().post("/register", { email: unproven, password: PASSWORD });
    const answers = [];
    for (const address of [email, unproven, newAddress("nobody")]) {
      const visitor = visit();
      const asked = await request(visitor, address);
      const cookies = [...visitor.jar.keys()];
      const wrong = [];
      for (let n = 0; n < 12; n++) wrong.push((await type(visitor, "00000x")).status);
      answers.push(JSON.stringify([asked.status, await asked.text(), cookies, wrong]));
    }
    expect(new Set(answers).size).toBe(1);
    const kinds = (await house.outbox()).filter(({ to }) => to === unproven);
    expect(kinds.map(({ subject }) => subject)).not.toContain("email-code");
  });

  it("R86 R91 ends after ten minutes and after five tries", async () => {
    const { email } = await newUser(house);
    const slow = visit();
    await request(slow, email);
    const late = await codeFor(email);
    await house.clock.advance(minutes(10));
    expect(await reasonOf(await type(slow, late))).toBe("code_wrong");
    const guesser = visit();
    await request(guesser, email);
    const code = await codeFor(email);
    for (let n = 0; n < 5; n++) await type(guesser, not(code));
    expect(await reasonOf(await type(guesser, code))).toBe("code_wrong");
    expect(hasSession(guesser)).toBe(false);
  });

  it("R30 sends five mails an hour to one address, whoever asks", async () => {
    const { email } = await newUser(house);
    const statuses = [];
    for (let n = 0; n < 6; n++) statuses.push((await request(visit(), email)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it("R16 says of what is no address that it is none", async () => {
    const refused = await request(visit(), "not an address");
    expect([refused.status, await reasonOf(refused)]).toEqual([400, "email_invalid"]);
  });

  it("R29 R30 one network asks for twenty mails an hour and tries twenty codes a minute", async () => {
    const visitor = visit();
    const asked = [];
    for (let n = 0; n < 21; n++) asked.push((await request(visitor, newAddress())).status);
    expect(asked).toEqual([...Array(20).fill(200), 429]);
    const typed = [];
    for (let n = 0; n < 21; n++) typed.push((await type(visitor, "000000")).status);
    expect(typed).toEqual([...Array(20).fill(400), 429]);
    expect((await request(visit(), newAddress())).status).toBe(200);
  });

  it("R109 R110 owes the second factor of whoever has one, and the mailbox is none", async () => {
    const { email, secret } = await enrolled();
    const visitor = visit();
    await request(visitor, email);
    const response = await type(visitor, await codeFor(email));
    expect(response.headers.get("Location")).toBe("/login/second-factor");
    expect(hasSession(visitor)).toBe(false);
    const asked = await visitor.post("/login/second-factor", { intent: "request-email-code" });
    expect(await reasonOf(asked)).toBe("factor_unavailable");
    await finish(visitor, "totp", await house.totpCode(secret));
    expect(hasSession(visitor)).toBe(true);
  });

  it("is one factor alone: who has no other is in, without a second", async () => {
    const { email } = await newUser(house);
    const visitor = visit();
    await request(visitor, email);
    await type(visitor, await codeFor(email));
    expect((await visitor.get("/secret")).status).toBe(200);
    expect((await visitor.get("/strong")).status).toBe(302);
  });
});

describe("a code in a mail as second factor", () => {
  async function owing() {
    const email = await register(house, visit());
    const visitor = await challenged({ email });
    const ask = () => visitor.post("/login/second-factor", { intent: "request-email-code" });
    return { email, visitor, ask, user: await userByEmail(house, email) };
  }

  it("is owed by who has no better one, and opens the door once it is typed", async () => {
    const { email, visitor, ask, user } = await owing();
    expect(hasSession(visitor)).toBe(false);
    const page = await visitor.get("/login/second-factor");
    expect(await loaderOf(page, "second-factor")).toEqual({
      waiting: true,
      factors: ["emailCodes"],
    });
    expect((await ask()).status).toBe(200);
    const code = await codeFor(email);
    expect(await reasonOf(await finish(visitor, "email-code", not(code)))).toBe("code_wrong");
    await finish(visitor, "email-code", code);
    expect((await visitor.get("/secret")).status).toBe(200);
    await house.expectAudit("email-code.requested", user);
    const { details } = await house.expectAudit("login.succeeded", user);
    expect(details).toMatchObject({ amr: "pwd email", aal: 1 });
  });

  it("R50 counts as no second factor where a page wants one: the mailbox can reset the password", async () => {
    const { email, visitor, ask } = await owing();
    await ask();
    await finish(visitor, "email-code", await codeFor(email));
    expect((await visitor.get("/strong")).status).toBe(302);
  });

  it("R50 steps nobody up, though the browser holds the challenge of somebody else", async () => {
    const { email, visitor, ask } = await owing();
    await ask();
    await finish(visitor, "email-code", await codeFor(email));
    const challenge = (await owing()).visitor.jar.get("__Host-login") as string;
    visitor.jar.set("__Host-login", challenge);
    expect(await loaderOf(await visitor.get("/step-up"), "step-up")).toEqual({ factors: [] });
  });

  it("R114 works in the browser of its challenge alone", async () => {
    const { email, ask } = await owing();
    await ask();
    const code = await codeFor(email);
    const other = await challenged({ email });
    expect(await reasonOf(await finish(other, "email-code", code))).toBe("code_wrong");
  });

  it("R30 is among the five mails an hour that one address gets, whatever browser it is owed in", async () => {
    const { email } = await owing();
    const statuses = [];
    // The first of the five was the one of the registration.
    for (let n = 0; n < 5; n++) {
      const visitor = await challenged({ email });
      const asked = await visitor.post("/login/second-factor", { intent: "request-email-code" });
      statuses.push(asked.status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
  });

  it("R114 is neither sent nor looked at where no login waits for it, should a route forget to ask", async () => {
    const { email, user } = await owing();
    const careless = pages(house, {
      careless: {
        path: "careless",
        action: async (args) => {
          const { code } = await house.auth.readForm(args, ["code"]);
          const { id: userId } = user;
          return code
            ? house.auth.emailCodes.verifyFactor(args, { userId, code })
            : house.auth.emailCodes.requestFactor(args, { userId });
        },
      },
    });
    const before = await codeFor(email);
    const stranger = visit(careless);
    expect(await reasonOf(await stranger.post("/careless"))).toBe("factor_unavailable");
    expect(await reasonOf(await stranger.post("/careless", { code: "000000" }))).toBe("code_wrong");
    expect(await codeFor(email)).toBe(before);
    // Nor is the code of one challenge a code of whoever is named.
    const thief = await owing();
    await thief.ask();
    stranger.jar.set("__Host-login", thief.visitor.jar.get("__Host-login") as string);
    const code = await codeFor(thief.email);
    expect(await reasonOf(await stranger.post("/careless", { code }))).toBe("code_wrong");
  });

  it("R30 is sent once a minute", async () => {
    const { ask } = await owing();
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
    await house.clock.advance(minutes(1));
    expect((await ask()).status).toBe(200);
  });

  it("R105 R91 is guessed at five times, and shares one count with all other factors", async () => {
    const { email, visitor, ask, user } = await owing();
    await ask();
    const code = await codeFor(email);
    for (let n = 0; n < 5; n++) await finish(visitor, "email-code", not(code));
    await house.clock.advance(minutes(1));
    expect(await reasonOf(await finish(visitor, "email-code", code))).toBe("code_wrong");
    await house.lockSecondFactors(user);
    expect((await finish(visitor, "email-code", code)).status).toBe(429);
  });

  it("R109 is none for whoever has an authenticator app, though they hold the mailbox and the password", async () => {
    const person = await enrolled();
    const thief = await challenged(person);
    const asked = await thief.post("/login/second-factor", { intent: "request-email-code" });
    expect(await reasonOf(asked)).toBe("factor_unavailable");
    const page = await thief.get("/login/second-factor");
    expect(await loaderOf(page, "second-factor")).toEqual({ waiting: true, factors: ["totp"] });
  });

  it("R109 is refused at the door itself, should a route forget to ask", async () => {
    const careless = pages(house, {
      careless: {
        path: "careless",
        action: async (args) => {
          const userId = (await house.auth.challengedUser(args)) ?? "";
          return house.auth.finishLogin(args, { userId, method: "email" });
        },
      },
    });
    const { email } = await enrolled();
    const thief = visit(careless);
    await login(thief, email);
    const response = await thief.post("/careless");
    expect(response.headers.get("Location")).toBe("/login?refused=stronger_factor_required");
    expect(hasSession(thief)).toBe(false);
  });

  it("can be trusted with a browser like any other", async () => {
    const { email, visitor, ask } = await owing();
    await ask();
    await finish(visitor, "email-code", await codeFor(email), { trustDevice: "on" });
    await visitor.post("/logout");
    await login(visitor, email);
    expect(hasSession(visitor)).toBe(true);
  });
});

describe("where mail is no second factor", () => {
  it("nobody owes one who has none", async () => {
    const lenient = await openHouse();
    const visitor = visit(pages(lenient));
    const email = await register(lenient, visitor);
    await visitor.post("/logout");
    await login(visitor, email);
    expect(hasSession(visitor)).toBe(true);
  });
});
