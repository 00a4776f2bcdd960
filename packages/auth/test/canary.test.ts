import { inspect } from "node:util";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { minutes } from "../src/duration.ts";
import { type Browser, browser } from "./browser.ts";
import { RIGHT_CODE } from "./fake-factor.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, newAddress, userByEmail } from "./people.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

const PASSWORDS = {
  first: "CANARY one teal hippopotamus",
  second: "CANARY two violet hippopotami",
  third: "CANARY three amber hippopotami",
  wrong: "CANARY wrong hippopotamus here",
  short: "CANARY short",
  guessable: "CANARYcanaryCANARYcanary@example.com",
};

/** What nobody may see, by what it is. */
const secrets = new Map<string, string>(Object.entries(PASSWORDS));
/** What came out, by where. */
const seen: [where: string, text: string][] = [];

const TABLES = [
  "users",
  "passwords",
  "sessions",
  "tokens",
  "audit_events",
  "outbox",
  "rate_limits",
  "passkeys",
  "webauthn_challenges",
];

let house: House;
let handle: (request: Request) => Promise<Response>;

/** Every row of every table, as a dump would have it, and once more with what is in base64 decoded. */
async function dump(when: string): Promise<void> {
  for (const table of TABLES) {
    const { rows } = (await house.core.db.execute(sql.raw(`select t::text from ${table} t`))) as {
      rows: unknown[];
    };
    const text = JSON.stringify(rows);
    seen.push([`table ${table} ${when}`, text]);
    seen.push([`table ${table} ${when}, decoded`, text.replace(/[\w-]{16,}/g, decoded)]);
  }
}

const decoded = (text: string) => Buffer.from(text, "base64url").toString("latin1");

/** The house's own helpers, telling us of every error that React Router would log. */
function tellingErrors(auth: House["auth"]): House["auth"] {
  const tell = (error: unknown): never => {
    seen.push(["an error", inspect(error, { depth: 8, showHidden: true })]);
    throw error;
  };
  const telling = (value: unknown): unknown => {
    if (typeof value === "function") {
      return (...args: unknown[]) => {
        const result = value(...args);
        return result instanceof Promise ? result.catch(tell) : telling(result);
      };
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, telling(inner)]));
  };
  return telling(auth) as House["auth"];
}

/** A browser whose every answer is seen: all but the Set-Cookie lines, which are its own. */
function visit(n: number): Browser {
  return browser(
    async (request) => {
      const response = await handle(request);
      const headers = [...response.headers].filter(([name]) => name !== "set-cookie");
      const path = new URL(request.url).pathname;
      seen.push([
        `${request.method} ${path}`,
        `${await response.clone().text()} ${headers.join("\n")}`,
      ]);
      for (const cookie of response.headers.getSetCookie()) {
        const value = decodeURIComponent(
          cookie.slice(cookie.indexOf("=") + 1, cookie.indexOf(";")),
        );
        for (const part of value.split(/[=&]/))
          if (part.length > 15) secrets.set(`cookie of ${path} ${part.length}`, part);
      }
      return response;
    },
    { ip: `203.0.113.${n}` },
  );
}

/** The newest mail; its link and its code are secrets from now on. */
async function mailTo(email: string, kind: Parameters<typeof lastMail>[2]) {
  await dump(`before ${kind} is sent`);
  const mail = await lastMail(house, email, kind);
  const token = mail.path.split("token=")[1] ?? "";
  if (token) secrets.set(`token of ${kind} ${secrets.size}`, token);
  if (mail.code) secrets.set(`code of ${kind} ${secrets.size}`, mail.code);
  return mail;
}

const METHODS = ["log", "info", "warn", "error", "debug", "trace"] as const;

beforeAll(async () => {
  for (const method of METHODS) {
    vi.spyOn(console, method).mockImplementation(
      (...said) => void seen.push(["console", inspect(said, { depth: 8 })]),
    );
  }
  house = await openHouse();
  handle = pages({ auth: tellingErrors(house.auth) });
  await everyJourney();
  await everyFailure();
  await dump("at the end");
});
afterAll(() => vi.restoreAllMocks());

const email = newAddress("canary");

async function everyJourney(): Promise<void> {
  const visitor = visit(1);
  for (const password of [PASSWORDS.short, PASSWORDS.guessable]) {
    await visitor.post("/register", { email, password });
  }
  await visitor.post("/register", { email, password: PASSWORDS.first });
  await visitor.post("/verify-email", { intent: "code", code: "000000" });
  await house.clock.advance(minutes(2));
  await visitor.post("/verify-email", { intent: "resend" });
  const verification = await mailTo(email, "verify-email");
  await visitor.get(verification.path);
  await visitor.get("/verify-email");
  await visit(2).post("/verify-email", { intent: "confirm", password: PASSWORDS.wrong });
  await visitor.post("/verify-email", { intent: "code", code: verification.code });
  await visit(3).post("/register", { email, password: PASSWORDS.second });
  await mailTo(email, "already-registered");

  const other = visit(4);
  await other.post("/login", { email, password: PASSWORDS.wrong });
  await other.post("/login", { email: `x${email}`, password: PASSWORDS.wrong });
  await other.post("/login.data", {
    email,
    password: PASSWORDS.first,
    remember: "on",
    returnTo: "/secret",
  });
  for (const path of [
    "/",
    "/secret",
    "/secret.data",
    "/settings/sessions",
    "/settings/sessions.data",
  ])
    await other.get(path);
  await other.post("/step-up", { password: PASSWORDS.wrong });
  await other.post("/step-up", { password: PASSWORDS.first, returnTo: "/fresh" });
  const changed = { currentPassword: PASSWORDS.first, newPassword: PASSWORDS.second };
  await other.post("/settings/password", { ...changed, currentPassword: PASSWORDS.wrong });
  await other.post("/settings/password", { ...changed, newPassword: PASSWORDS.short });
  await other.post("/settings/password", changed);
  await mailTo(email, "password-changed");

  const forgetful = visit(5);
  await forgetful.post("/forgot-password", { email });
  const reset = await mailTo(email, "reset-password");
  await forgetful.get(reset.path);
  await forgetful.get("/reset-password");
  await forgetful.post("/reset-password", { password: PASSWORDS.short });
  await forgetful.post("/reset-password", { password: PASSWORDS.third });
  house.enrolled.add((await userByEmail(house, email)).id);
  await forgetful.post("/login", { email, password: PASSWORDS.third });
  await forgetful.get("/login/second-factor");
  await dump("during a challenge");
  await forgetful.post("/login/second-factor", { code: "000000" });
  await forgetful.post("/login/second-factor", { code: RIGHT_CODE });
  await forgetful.get("/strong");
  await dump("while signed in");
  await forgetful.post("/logout");
}

/** The same forms while one table after the other is missing: each statement fails once, with what is in its values. */
async function everyFailure(): Promise<void> {
  const hidden = visit(6);
  await hidden.post("/forgot-password", { email });
  await hidden.get((await mailTo(email, "reset-password")).path);
  const statuses = new Set<number>();
  for (const [n, table] of TABLES.entries()) {
    await house.core.db.execute(sql.raw(`alter table ${table} rename to gone_${table}`));
    const form = { email: newAddress("canary"), password: PASSWORDS.first };
    const answers = [
      await visit(10 + n).post("/register", form),
      await visit(10 + n).post("/login", { email, password: PASSWORDS.wrong }),
      await visit(10 + n).post("/login", { email, password: PASSWORDS.third }),
      await hidden.post("/forgot-password", { email }),
      await hidden.post("/verify-email", { intent: "code", code: "123456" }),
      await hidden.post("/reset-password", { password: PASSWORDS.first }),
    ];
    for (const { status } of answers) statuses.add(status);
    await house.core.db.execute(sql.raw(`alter table gone_${table} rename to ${table}`));
    await house.clock.advance(minutes(61));
  }
  expect(statuses).toContain(500);
}

/** Where a text is found, as a word of its own if it is short enough to come up by chance. */
function placesOf(secret: string, among: RegExp): string[] {
  const found = secret.length > 6 ? (text: string) => text.includes(secret) : asWord(secret);
  return seen.filter(([where, text]) => among.test(where) && found(text)).map(([where]) => where);
}

function asWord(secret: string): (text: string) => boolean {
  const word = new RegExp(`(?<![\\w-])${secret}(?![\\w-])`);
  return (text) => word.test(text);
}

describe("L10 R11 R160 R168 passwords, codes, tokens and cookies", () => {
  it("came up in every journey, so that there is something to find", () => {
    expect(secrets.size).toBeGreaterThan(15);
    expect(seen.length).toBeGreaterThan(100);
    for (const where of [/^an error/, /^table tokens/, /^POST \/login/]) {
      expect(seen.filter(([place]) => where.test(place)).length).toBeGreaterThan(0);
    }
  });

  it("are nowhere in the database", () => {
    for (const [what, secret] of secrets)
      expect([what, placesOf(secret, /^table/)]).toEqual([what, []]);
  });

  it("are in no answer but the cookies themselves", () => {
    for (const [what, secret] of secrets) {
      expect([what, placesOf(secret, /^(GET|POST|HEAD)/)]).toEqual([what, []]);
    }
  });

  it("are in no error and in no line of a log", () => {
    for (const [what, secret] of secrets) {
      expect([what, placesOf(secret, /^(an error|console)/)]).toEqual([what, []]);
    }
  });
});

describe("R60 R160 an error that is logged", () => {
  it("quotes no address and no hash either", () => {
    expect(placesOf("canary", /^(an error|console)/)).toEqual([]);
    expect(placesOf("$argon2", /^(an error|console)/)).toEqual([]);
  });

  it("is never told to the visitor", () => {
    const answers = seen.filter(([where]) => /^(GET|POST)/.test(where));
    for (const [where, text] of answers) {
      expect([where, /gone_|relation|select |insert into|\.ts:\d|node_modules/.test(text)]).toEqual(
        [where, false],
      );
    }
  });
});
