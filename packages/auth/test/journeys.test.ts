import { beforeAll, describe, expect, it } from "vitest";
import { hours, minutes, seconds } from "../src/duration.ts";
import { browser, crowd, pageOf } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});

const visit = crowd(() => handle);

const NEW_PASSWORD = "seven purple elephants dancing";

describe("registering", () => {
  it("R15 answers alike for a new and a taken address, and tells the owner by mail", async () => {
    const taken = await register(house, visit());
    const [first, second] = [visit(), visit()];
    const fresh = newAddress();
    const answers = [
      await first.post("/register", { email: fresh, password: PASSWORD }),
      await second.post("/register", { email: taken.toUpperCase(), password: NEW_PASSWORD }),
    ];
    expect(await shapeOf(answers[0] as Response)).toEqual(await shapeOf(answers[1] as Response));
    const follow = await Promise.all([first.get("/verify-email"), second.get("/verify-email")]);
    expect(await shapeOf(follow[0] as Response)).toEqual(await shapeOf(follow[1] as Response));
    expect((await lastMail(house, fresh)).kind).toBe("verify-email");
    expect((await lastMail(house, taken)).kind).toBe("already-registered");
    expect((await lastMail(house, taken)).path).toBe("");
    expect((await login(visit(), taken)).status).toBe(302);
  });

  it("R8 R163 takes nothing from the form but what the page asks for", async () => {
    const visitor = visit();
    for (const extra of [{ id: "1" }, { emailVerifiedAt: "2020-01-01" }, { "__proto__[x]": "1" }]) {
      const response = await visitor.post("/register", {
        email: newAddress(),
        password: PASSWORD,
        ...extra,
      } as Record<string, string>);
      expect(response.status).toBe(400);
    }
  });

  it.each([
    ["too short a password", newAddress(), "short", "password_too_short"],
    ["no address", "ada", PASSWORD, "email_invalid"],
    ["a list of addresses", "ada@example.com,eve@example.com", PASSWORD, "email_invalid"],
    [
      "a password made of the address",
      "bartholomew@example.com",
      "bartholomewbartholomew",
      "password_guessable",
    ],
  ])(
    "refuses %s with the reason, before anything is stored",
    async (_what, email, password, reason) => {
      const response = await visit().post("/register", { email, password });
      expect(response.status).toBe(400);
      expect((await pageOf(response)).actionData?.register?.reason).toBe(reason);
      expect((await lastMail(house, email)).kind).toBe("none");
    },
  );

  it("R30 R31 slows down whoever registers in bulk, with Retry-After", async () => {
    const visitor = visit();
    for (let n = 0; n < 20; n++) await visitor.post("/register", { email: "x", password: "y" });
    const response = await visitor.post("/register", { email: newAddress(), password: PASSWORD });
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(3000);
    const other = await visit().post("/register", { email: newAddress(), password: PASSWORD });
    expect(other.status).toBe(302);
  });
});

describe("proving the address", () => {
  async function registered() {
    const visitor = visit();
    const email = newAddress();
    await visitor.post("/register", { email, password: PASSWORD });
    return { visitor, email, mail: await lastMail(house, email) };
  }

  it("R76 moves the token out of the URL into a cookie at once", async () => {
    const { visitor, mail } = await registered();
    const response = await visitor.get(mail.path);
    expect(response.status).toBe(303);
    expect(response.headers.get("Location")).toBe("/verify-email");
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect((await pageOf(await visitor.get("/verify-email"))).loaderData["verify-email"]).toEqual({
      link: "this-browser",
    });
  });

  it("R62 R89 a link scanner, a prefetch and a HEAD spend nothing", async () => {
    const { visitor, email, mail } = await registered();
    const scanner = visit();
    for (const method of ["GET", "HEAD", "GET"]) await scanner.send(mail.path, { method });
    await scanner.get("/verify-email");
    await scanner.get(mail.path.replace("?", ".data?"), { "Sec-Purpose": "prefetch" });
    expect((await userByEmail(house, email)).emailVerifiedAt).toBeNull();
    await visitor.get(mail.path);
    await visitor.post("/verify-email", { intent: "confirm" });
    expect((await userByEmail(house, email)).emailVerifiedAt).not.toBeNull();
  });

  it("R96 R134 never makes a squatter's password good by the owner's click", async () => {
    const squatter = visit();
    const email = newAddress("victim");
    await squatter.post("/register", { email, password: "the squatter's own password" });
    const { path } = await lastMail(house, email);
    const owner = visit();
    await owner.get(path);
    expect((await pageOf(await owner.get("/verify-email"))).loaderData["verify-email"]).toEqual({
      link: "other-browser",
      email,
    });
    const clicked = await owner.post("/verify-email", { intent: "confirm" });
    expect((await pageOf(clicked)).actionData?.["verify-email"]?.reason).toBe("password_required");
    const guessed = await owner.post("/verify-email", { intent: "confirm", password: PASSWORD });
    expect((await pageOf(guessed)).actionData?.["verify-email"]?.reason).toBe("wrong_credentials");
    expect((await userByEmail(house, email)).emailVerifiedAt).toBeNull();
    await squatter.post("/verify-email", { intent: "confirm" });
    expect(squatter.jar.has("__Host-session")).toBe(false);
  });

  it("R93 a reset on an unproven account proves the mailbox and removes what a squatter set", async () => {
    const lenient = await openHouse({ unverifiedUsers: "allow" });
    const open = pages(lenient);
    const email = newAddress("victim");
    const squatter = browser(open, { ip: "192.0.2.66" });
    await squatter.post("/register", { email, password: PASSWORD });
    await login(squatter, email);
    expect((await squatter.get("/secret")).status).toBe(200);
    const owner = browser(open, { ip: "192.0.2.67" });
    await owner.post("/forgot-password", { email });
    await owner.get((await lastMail(lenient, email, "reset-password")).path);
    expect((await owner.post("/reset-password", { password: NEW_PASSWORD })).status).toBe(302);
    expect((await squatter.get("/secret")).status).toBe(302);
    expect((await login(squatter, email)).status).toBe(401);
    expect((await userByEmail(lenient, email)).emailVerifiedAt).not.toBeNull();
    await owner.post("/login", { email, password: NEW_PASSWORD });
    expect((await owner.get("/proven")).status).toBe(200);
  });

  it("R91 a code works only in the browser that asked for it, and burns after five wrong tries", async () => {
    const { visitor, email, mail } = await registered();
    const elsewhere = await visit().post("/verify-email", { intent: "code", code: mail.code });
    expect((await pageOf(elsewhere)).actionData?.["verify-email"]?.reason).toBe("code_wrong");
    const wrong = mail.code === "111111" ? "222222" : "111111";
    for (let n = 0; n < 5; n++)
      await visitor.post("/verify-email", { intent: "code", code: wrong });
    await visitor.post("/verify-email", { intent: "code", code: mail.code });
    expect((await userByEmail(house, email)).emailVerifiedAt).toBeNull();
    await visitor.get(mail.path);
    expect((await visitor.post("/verify-email", { intent: "confirm" })).status).toBe(302);
  });

  it("R91 takes ten codes an hour for one address, however many mails were asked for", async () => {
    const { visitor, email } = await registered();
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++) {
      const { code } = await lastMail(house, email);
      const wrong = code === "111111" ? "222222" : "111111";
      for (let tries = 0; tries < 5; tries++) {
        const fields = { intent: "code", code: wrong };
        statuses.push((await visitor.post("/verify-email", fields)).status);
      }
      await house.clock.advance(minutes(2));
      await visitor.post("/verify-email", { intent: "resend" });
    }
    expect(statuses.filter((status) => status === 400)).toHaveLength(10);
    expect(statuses.slice(10)).toEqual([429, 429, 429, 429, 429]);
  });

  it.each(["123 456", "123-456", "１２３４５６", "", "12345", "1234567", "abcdef", "{}", "%00"])(
    "a code like %j is a calm refusal at most",
    async (code) => {
      const { visitor } = await registered();
      expect((await visitor.post("/verify-email", { intent: "code", code })).status).toBe(400);
    },
  );

  it("accepts a code typed with a space in the middle", async () => {
    const { visitor, mail } = await registered();
    const code = `${mail.code.slice(0, 3)} ${mail.code.slice(3)}`;
    expect((await visitor.post("/verify-email", { intent: "code", code })).status).toBe(302);
  });

  it("R87 a new mail kills the link and the code of the older one", async () => {
    const { visitor, email, mail } = await registered();
    expect((await visitor.post("/verify-email", { intent: "resend" })).status).toBe(302);
    const second = await lastMail(house, email);
    expect(second.path).not.toBe(mail.path);
    await visitor.get(mail.path);
    const old = await visitor.post("/verify-email", { intent: "confirm" });
    expect((await pageOf(old)).actionData?.["verify-email"]?.reason).toBe("link_expired");
    expect(
      (await visitor.post("/verify-email", { intent: "code", code: second.code })).status,
    ).toBe(302);
  });

  it("R30 sends no second mail within a minute", async () => {
    const { visitor } = await registered();
    expect((await visitor.post("/verify-email", { intent: "resend" })).status).toBe(302);
    expect((await visitor.post("/verify-email", { intent: "resend" })).status).toBe(429);
  });

  it("R30 sends no flood of mails to an address that somebody else registered", async () => {
    const { email } = await registered();
    for (let n = 0; n < 20; n++) await login(visit(), email);
    const mails = (await house.outbox()).filter(({ to }) => to === email);
    expect(mails.length).toBeLessThanOrEqual(5);
  });

  it("R86 the link is good for 24 hours", async () => {
    const { visitor, mail } = await registered();
    await house.clock.advance(hours(24));
    await visitor.get(mail.path);
    expect((await pageOf(await visitor.get("/verify-email"))).loaderData["verify-email"]).toEqual({
      link: "expired",
    });
    expect((await visitor.post("/verify-email", { intent: "confirm" })).status).toBe(400);
    await house.clock.back(hours(24));
  });
});

describe("logging in", () => {
  it("R9 does not say whether the email or the password was wrong, or what else is the matter", async () => {
    const known = await register(house, visit());
    const disabled = await register(house, visit());
    await house.disable((await userByEmail(house, disabled)).id);
    const unproven = newAddress();
    await visit().post("/register", { email: unproven, password: PASSWORD });
    const shapes = new Set<string>();
    for (const email of [
      known,
      disabled,
      unproven,
      newAddress("nobody"),
      "no address at all",
      "",
    ]) {
      const response = await visit().post("/login", {
        email,
        password: "wrong horse battery staple",
      });
      shapes.add(JSON.stringify(await shapeOf(response)));
    }
    expect([...shapes]).toHaveLength(1);
    expect([...shapes][0]).toContain("wrong_credentials");
  });

  it("brings the visitor back to the page they asked for", async () => {
    const email = await register(house, visit());
    expect(
      (await login(visit(), email, { returnTo: "/secret?page=2" })).headers.get("Location"),
    ).toBe("/secret?page=2");
  });

  it.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
  ])("R72 never leads off this site: %j", async (returnTo) => {
    const email = await register(house, visit());
    expect((await login(visit(), email, { returnTo })).headers.get("Location")).toBe("/");
  });

  it("F7 is not asked of whoever is signed in", async () => {
    const visitor = visit();
    await register(house, visitor);
    expect((await visitor.get("/login")).headers.get("Location")).toBe("/");
  });

  it("R20 R22 R31 slows down guesses at an account, known or not, and says when to come back", async () => {
    const known = await register(house, visit());
    for (const email of [known, newAddress("nobody")]) {
      const visitor = visit();
      const wrong = () => visitor.post("/login", { email, password: "wrong horse battery staple" });
      for (let n = 0; n < 5; n++) expect((await wrong()).status).toBe(401);
      const limited = await wrong();
      expect([limited.status, limited.headers.get("Retry-After")]).toEqual([429, "1"]);
      const json = await visitor.post(
        "/login",
        { email, password: PASSWORD },
        { Accept: "application/json" },
      );
      expect([json.status, await json.json()]).toEqual([429, { reason: "rate_limited" }]);
      await house.clock.advance(seconds(1));
      expect((await wrong()).status).toBe(401);
    }
  });

  it("R23 lets the owner back in by a reset, however long somebody has been guessing", async () => {
    const email = await register(house, visit());
    for (let n = 0; n < 40; n++) {
      await visit().post("/login", { email, password: "wrong horse battery staple" });
      await house.clock.advance(minutes(1));
    }
    const owner = visit();
    expect((await login(owner, email)).status).toBe(429);
    await owner.post("/forgot-password", { email });
    await owner.get((await lastMail(house, email, "reset-password")).path);
    await owner.post("/reset-password", { password: NEW_PASSWORD });
    expect((await owner.post("/login", { email, password: NEW_PASSWORD })).status).toBe(302);
  });

  it("R24 success on one's own account does not clear the network's counter", async () => {
    const own = await register(house, visit());
    const attacker = visit();
    let limited = 0;
    for (let n = 0; n < 40; n++) {
      const email = n % 2 ? own : newAddress("target");
      limited += (await login(attacker, email)).status === 429 ? 1 : 0;
      attacker.jar.clear();
    }
    expect(limited).toBe(10);
  });

  it("R3 R4 takes any spelling of the same letters and not one character less", async () => {
    const password = "  pass phrase ✓ 🙂🙂 é  ";
    const visitor = visit();
    const email = newAddress();
    await visitor.post("/register", { email, password: password.normalize("NFC") });
    const { code } = await lastMail(house, email);
    await visitor.post("/verify-email", { intent: "code", code });
    const tries = [password.normalize("NFD"), password.trim(), password.toUpperCase()];
    const statuses = [];
    for (const one of tries)
      statuses.push((await visit().post("/login", { email, password: one })).status);
    expect(statuses).toEqual([302, 401, 401]);
  });
});

describe("logging out", () => {
  it("R37 is a POST that ends the session on the server, and GET only shows", async () => {
    const visitor = visit();
    await register(house, visitor);
    const token = visitor.jar.get("__Host-session") as string;
    await visitor.get("/logout");
    await visitor.send("/logout", { method: "HEAD" });
    expect((await visitor.get("/secret")).status).toBe(200);
    const response = await visitor.post("/logout");
    expect(response.headers.getSetCookie()).toContain(
      "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
    );
    visitor.jar.set("__Host-session", token);
    expect((await visitor.get("/secret")).status).toBe(302);
  });

  it("is calm when nobody is signed in", async () => {
    expect((await visit().post("/logout")).status).toBe(302);
  });
});

describe("a forgotten password", () => {
  it("R16 answers alike for known and unknown addresses", async () => {
    const known = await register(house, visit());
    const answers = [];
    for (const email of [known, newAddress("nobody")]) {
      answers.push(await shapeOf(await visit().post("/forgot-password", { email })));
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  it("R92 sets a new one, ends every session, kills what is outstanding, and does not log in", async () => {
    const laptop = visit();
    const email = await register(house, laptop);
    const phone = visit();
    await login(phone, email, { remember: "on" });
    const visitor = visit();
    await visitor.post("/forgot-password", { email });
    const { path } = await lastMail(house, email, "reset-password");
    await visitor.get(path);
    const response = await visitor.post("/reset-password", { password: NEW_PASSWORD });
    expect(response.headers.get("Location")).toBe("/login?notice=reset");
    expect(visitor.jar.has("__Host-session")).toBe(false);
    for (const device of [laptop, phone]) expect((await device.get("/secret")).status).toBe(302);
    expect((await lastMail(house, email, "password-changed")).kind).toBe("password-changed");
    expect((await login(visit(), email)).status).toBe(401);
    expect((await visit().post("/login", { email, password: NEW_PASSWORD })).status).toBe(302);
    await visitor.get(path);
    expect((await visitor.post("/reset-password", { password: PASSWORD })).status).toBe(400);
  });

  it("R2 R6 refuses a bad new password and leaves the link good", async () => {
    const email = await register(house, visit());
    const visitor = visit();
    await visitor.post("/forgot-password", { email });
    await visitor.get((await lastMail(house, email, "reset-password")).path);
    for (const [password, reason] of [
      ["short", "password_too_short"],
      ["passwordpassword", "password_guessable"],
      ["x".repeat(129), "password_too_long"],
    ] as const) {
      const response = await visitor.post("/reset-password", { password });
      expect([response.status, await pageOf(response)]).toMatchObject([
        400,
        { actionData: { "reset-password": { reason: expect.stringMatching(reason.slice(0, 9)) } } },
      ]);
    }
    expect((await visitor.post("/reset-password", { password: NEW_PASSWORD })).status).toBe(302);
  });

  it("R86 the link is good for 30 minutes", async () => {
    const email = await register(house, visit());
    const visitor = visit();
    await visitor.post("/forgot-password", { email });
    await visitor.get((await lastMail(house, email, "reset-password")).path);
    await house.clock.advance(minutes(30));
    expect(
      (await pageOf(await visitor.get("/reset-password"))).loaderData["reset-password"],
    ).toEqual({
      link: "expired",
    });
    expect((await visitor.post("/reset-password", { password: NEW_PASSWORD })).status).toBe(400);
  });

  it("R30 a hundred requests send five mails", async () => {
    const email = await register(house, visit());
    const before = (await house.outbox()).filter(({ to }) => to === email).length;
    for (let n = 0; n < 100; n++)
      await visit().post("/forgot-password", { email: email.toUpperCase() });
    const after = (await house.outbox()).filter(({ to }) => to === email).length;
    expect(after - before).toBeLessThanOrEqual(5);
  });
});

describe("changing the password", () => {
  it("R7 needs the current one, keeps this session under a new id, ends the others and what is outstanding", async () => {
    const here = visit();
    const email = await register(house, here);
    const there = visit();
    await login(there, email);
    await there.post("/forgot-password", { email });
    const { path } = await lastMail(house, email, "reset-password");
    const before = here.jar.get("__Host-session") as string;

    const wrong = await here.post("/settings/password", {
      currentPassword: "not the current one",
      newPassword: NEW_PASSWORD,
    });
    expect(wrong.status).toBe(400);
    expect((await there.get("/secret")).status).toBe(200);

    const right = await here.post("/settings/password", {
      currentPassword: PASSWORD,
      newPassword: NEW_PASSWORD,
    });
    expect(right.status).toBe(302);
    expect((await here.get("/secret")).status).toBe(200);
    expect((await there.get("/secret")).status).toBe(302);
    const thief = visit();
    thief.jar.set("__Host-session", before);
    expect((await thief.get("/secret")).status).toBe(302);
    await there.get(path);
    expect((await there.post("/reset-password", { password: PASSWORD })).status).toBe(400);
    expect((await lastMail(house, email, "password-changed")).kind).toBe("password-changed");
  });
});

describe("one's sessions", () => {
  it("R38 lists them all, ends one, ends the others, and never somebody else's", async () => {
    const here = visit({ userAgent: "Mozilla/5.0 (Windows NT 10.0) Firefox/144.0" });
    const email = await register(house, here);
    const there = visit();
    await login(there, email);
    const stranger = visit();
    await register(house, stranger);
    const list = async (who: typeof here) =>
      (await pageOf(await who.get("/settings/sessions"))).loaderData["settings/sessions"] as {
        id: string;
        device: string;
      }[];
    const mine = await list(here);
    expect(mine).toHaveLength(2);
    const [foreign] = await list(stranger);
    for (const id of [foreign?.id ?? "", "00000000-0000-4000-8000-000000000000", "1 or 1=1", ""]) {
      expect((await here.post("/settings/sessions", { intent: "revoke", id })).status).toBe(404);
    }
    expect((await stranger.get("/secret")).status).toBe(200);
    const other = mine.find(({ device }) => device.includes("Linux"));
    await here.post("/settings/sessions", { intent: "revoke", id: other?.id ?? "" });
    expect((await there.get("/secret")).status).toBe(302);
    await login(there, email);
    await here.post("/settings/sessions", { intent: "revoke-others" });
    expect((await there.get("/secret")).status).toBe(302);
    expect((await here.get("/secret")).status).toBe(200);
  });

  it("R59 gives pages no token and no hash", async () => {
    const visitor = visit();
    await register(house, visitor);
    const token = visitor.jar.get("__Host-session") as string;
    for (const path of ["/secret", "/settings/sessions", "/settings/sessions.data"]) {
      const body = await (await visitor.get(path)).text();
      expect(body).not.toContain(token);
      expect(body).not.toMatch(/tokenHash|argon2/);
    }
  });
});

/** What an observer can tell two answers by, without what is random in each. */
async function shapeOf(response: Response) {
  const headers = [...response.headers]
    .filter(([name]) => name !== "content-security-policy")
    .map(([name, value]) => `${name}: ${value.replace(/(__Host-\w+)=[^;]+/, "$1=…")}`);
  return { status: response.status, headers: headers.sort(), body: await response.text() };
}
