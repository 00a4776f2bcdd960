import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { hours } from "../src/duration.ts";
import { type Browser, crowd } from "./browser.ts";
import { openLoggedHouse } from "./logged.ts";
import { pages } from "./pages.ts";
import { newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type Logged = Awaited<ReturnType<typeof openLoggedHouse>>;

const WRONG = "wrong horse battery staple";

let house: Logged["house"];
let during: Logged["during"];
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  ({ house, during } = await openLoggedHouse());
  handle = pages(house);
});

const visit = crowd(() => handle);

/** All that an address can be here. Each call makes a new one. */
const ADDRESSES: Record<string, () => Promise<string>> = {
  unknown: async () => newAddress("nobody"),
  known: () => register(house, visit()),
  async unproven() {
    const email = newAddress();
    await visit().post("/register", { email, password: PASSWORD });
    return email;
  },
  async disabled() {
    const email = await register(house, visit());
    await house.disable((await userByEmail(house, email)).id);
    return email;
  },
  async "without a password"() {
    const email = await register(house, visit());
    const { id } = await userByEmail(house, email);
    await house.core.db.delete(schema.passwords).where(eq(schema.passwords.userId, id));
    return email;
  },
  async "owing a second factor"() {
    const email = await register(house, visit());
    house.enrolled.add((await userByEmail(house, email)).id);
    return email;
  },
};

/** What a stranger can ask about an address, and the page that follows. */
const QUESTIONS: Record<string, { path: string; fields: Record<string, string>; next?: string }> = {
  "a wrong password": { path: "/login", fields: { password: WRONG } },
  registering: {
    path: "/register",
    fields: { password: PASSWORD },
    next: "/verify-email",
  },
  "a forgotten password": { path: "/forgot-password", fields: {} },
  "a link to log in with": { path: "/login/magic-link", fields: { intent: "request" } },
};

/** How a page, its client-side twin and a program ask. */
const FORMS: [string, string, Record<string, string>][] = [
  ["page", "", {}],
  [".data request", ".data", { Accept: "text/x-script" }],
  ["JSON client", "", { Accept: "application/json" }],
];

describe.each(Object.entries(QUESTIONS))("R9 R15 R16 %s", (_question, { path, fields, next }) => {
  it.each(FORMS)("is answered alike whatever the address is, to a %s", async (_form, end, head) => {
    const shapes = new Map<string, string>();
    for (const [what, address] of Object.entries(ADDRESSES)) {
      const visitor = visit();
      const response = await visitor.post(path + end, { email: await address(), ...fields }, head);
      const shape = [await shapeOf(response), next && (await shapeOf(await visitor.get(next)))];
      shapes.set(what, JSON.stringify([shape, jarOf(visitor)]));
    }
    for (const [what, shape] of shapes) expect([what, shape]).toEqual([what, shapes.get("known")]);
  });

  it("R20 is refused alike once there were too many", async () => {
    const shapes = new Set<string>();
    for (const address of Object.values(ADDRESSES)) {
      const email = await address();
      let response = new Response();
      for (let n = 0; n < 12 && response.status !== 429; n++) {
        response = await visit().post(path, { email, ...fields });
      }
      expect(response.status).toBe(429);
      shapes.add(JSON.stringify(await shapeOf(response)).replace(/"retry-after: \d+"/, ""));
    }
    expect([...shapes]).toHaveLength(1);
    await house.clock.advance(hours(25));
  });

  it("costs the same number of statements, so that a distant database does not tell", async () => {
    const counts = new Map<string, number>();
    for (const [what, address] of Object.entries(ADDRESSES)) {
      const email = await address();
      const said = await during(() => visit().post(path, { email, ...fields }));
      counts.set(what, said.length);
    }
    const [first = 0] = counts.values();
    expect(first).toBeGreaterThan(2);
    expect([...counts]).toEqual([...counts.keys()].map((what) => [what, first]));
  });
});

/** What an observer can tell two answers by, without what is random in each; the lengths of cookies stay. */
async function shapeOf(response: Response) {
  const headers = [...response.headers]
    .filter(([name]) => name !== "content-security-policy")
    .map(([name, value]) => `${name}: ${value.replace(/(__Host-\w+)=([^;]+)/, maskedCookie)}`);
  return { status: response.status, headers: headers.sort(), body: await response.text() };
}

function maskedCookie(_all: string, name: string, value: string): string {
  return `${name}=${value.length} characters`;
}

function jarOf(visitor: Browser): string[] {
  return [...visitor.jar].map(([name, value]) => `${name} ${value.length}`);
}
