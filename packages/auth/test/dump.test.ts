import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { browser, crowd, pageOf } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

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
let handle: ReturnType<typeof pages>;
/** What the owners hold, by the door it opens. */
let held: Record<keyof typeof DOORS, string>;
/** Every text in the database while all of that is good. */
let dumped: string[];

beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
  held = await everythingOutstanding();
  dumped = await dump();
});

const visit = crowd(() => handle);

/** A session, a challenge, a reset link and a verification link that all work, and a mail that is not sent yet. */
async function everythingOutstanding() {
  const signedIn = visit();
  await register(house, signedIn);

  const owesFactor = visit();
  const email = await register(house, visit());
  house.enrolled.add((await userByEmail(house, email)).id);
  await login(owesFactor, email);

  const forgetful = await register(house, visit());
  await visit().post("/forgot-password", { email: forgetful });

  const registering = visit();
  const unproven = newAddress();
  await registering.post("/register", { email: unproven, password: PASSWORD });
  const flow = new URLSearchParams(registering.jar.get("__Host-flow")).get("flow") ?? "";
  const tokenIn = async (to: string) => (await lastMail(house, to)).path.split("token=")[1] ?? "";
  const links = { reset: await tokenIn(forgetful), verification: await tokenIn(unproven) };
  await visit().post("/register", { email: newAddress(), password: PASSWORD });
  return {
    session: signedIn.jar.get("__Host-session") ?? "",
    challenge: owesFactor.jar.get("__Host-login") ?? "",
    flow,
    ...links,
  };
}

async function dump(): Promise<string[]> {
  const texts: string[] = [];
  for (const table of TABLES) {
    const { rows } = (await house.core.db.execute(sql.raw(`select * from ${table}`))) as {
      rows: unknown[];
    };
    JSON.stringify(rows, (_, value) => {
      if (typeof value === "string" || typeof value === "number") texts.push(String(value));
      return value;
    });
  }
  return [...new Set(texts)];
}

/** What the holder of a text can show, and how they would notice that a door opens. */
const DOORS = {
  session: async (text: string) => {
    const response = await withCookie("session", text).get("/secret");
    return response.status === 200;
  },
  challenge: async (text: string) => {
    const response = await withCookie("login", text).get("/login/second-factor");
    return JSON.stringify((await pageOf(response)).loaderData).includes("true");
  },
  reset: async (text: string) => {
    const flow = new URLSearchParams({ "reset-password": text });
    const response = await withCookie("flow", flow.toString()).get("/reset-password");
    return JSON.stringify((await pageOf(response)).loaderData).includes("valid");
  },
  verification: async (text: string) => {
    const flow = new URLSearchParams({ "verify-email": text });
    const response = await withCookie("flow", flow.toString()).get("/verify-email");
    return JSON.stringify((await pageOf(response)).loaderData).includes("browser");
  },
  /** Even with the link at hand, to be the browser that registered. */
  flow: async (text: string) => {
    const flow = new URLSearchParams({ "verify-email": held.verification, flow: text });
    const response = await withCookie("flow", flow.toString()).get("/verify-email");
    return JSON.stringify((await pageOf(response)).loaderData).includes("this-browser");
  },
};

function withCookie(name: string, value: string) {
  const visitor = browser(handle);
  visitor.jar.set(`__Host-${name}`, value);
  return visitor;
}

/** A stored text as it is, in parts, and in every alphabet it might be meant for. */
function spellingsOf(stored: string): string[] {
  const parts = [stored, ...stored.split(/[.$,]/)];
  const bytes = parts.flatMap((part) => [
    Buffer.from(part, "base64url"),
    Buffer.from(part, "hex"),
    createHash("sha256").update(part).digest(),
  ]);
  const written = bytes.flatMap((some) => [
    some.toString("base64url"),
    some.toString("hex"),
    Buffer.concat([some, Buffer.alloc(4)]).toString("base64url"),
  ]);
  return [...parts, ...written].filter((text) => /^[\x21-\x7e]+$/.test(text) && !/[;"]/.test(text));
}

describe("R32 R168 a copy of the database", () => {
  it.each(["session", "challenge", "reset", "verification", "flow"] as const)(
    "is of a time when somebody holds a good %s",
    async (door) => {
      expect(await DOORS[door](held[door])).toBe(true);
    },
  );

  it.each(["session", "challenge", "reset", "verification", "flow"] as const)(
    "has nothing in it that serves as a %s, however it is spelled",
    async (door) => {
      const spellings = new Set(dumped.flatMap(spellingsOf));
      expect(spellings.size).toBeGreaterThan(500);
      const opening = [];
      for (const text of spellings) if (await DOORS[door](text)) opening.push(text);
      expect(opening).toEqual([]);
    },
  );

  it("has no password hash that is good as a password", async () => {
    const hash = dumped.find((text) => text.startsWith("$argon2id$")) ?? "";
    expect(hash).not.toBe("");
    const email = await register(house, visit());
    const response = await visit().post("/login", { email, password: hash });
    expect(response.status).toBe(401);
  });
});
