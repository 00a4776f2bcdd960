import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { type Browser, crowd } from "./browser.ts";
import { reasonOf } from "./factors.ts";
import { newUser } from "./people.ts";
import { openNodes, race } from "./postgres.ts";
import * as schema from "./schema.ts";

const CROWD = 20;
const rounds = [1, 2, 3];

let pair: Awaited<ReturnType<typeof openNodes>>;
beforeAll(async () => {
  pair = await openNodes();
});
const visit = crowd(() => pair.next().handle);
const house = () => pair.nodes[0].house;

/** Signed in without a password, in so many browsers. */
async function passwordless(count: number) {
  const user = await newUser(house());
  const browsers = await race(count, async () => {
    const visitor = visit();
    visitor.adopt(await house().signInAs(user));
    return visitor;
  });
  return { user, browsers };
}

function twinOf({ jar }: Browser): Browser {
  const twin = visit();
  for (const [name, value] of jar) twin.jar.set(name, value);
  return twin;
}

const passwordOf = (n: number) => `purple elephants dancing ${n}`;

/** What became of it: set, refused with a reason, or sent to log in, since the session had ended before. */
async function set(visitor: Browser, n: number): Promise<string> {
  const form = { intent: "set", newPassword: passwordOf(n) };
  const response = await visitor.post("/settings/password", form);
  const to = response.headers.get("Location");
  if (to?.startsWith("/login")) return "logged out";
  return to ? "set" : ((await reasonOf(response)) ?? `${response.status}`);
}

/** One password is good, one mail and one event tell of it, and one session is left. */
async function expectOne({ id, email }: { id: string; email: string }, outcomes: string[]) {
  expect(outcomes.filter((outcome) => outcome === "set")).toHaveLength(1);
  const { db } = house().core;
  const mine = eq(schema.sessions.userId, id);
  expect(
    await db.select({ id: schema.sessions.id }).from(schema.sessions).where(mine),
  ).toHaveLength(1);
  const mails = (await house().outbox()).filter(({ to }) => to === email);
  expect(mails.map(({ subject }) => subject)).toEqual(["password-changed"]);
  const events = await house().auditEvents("password.set");
  expect(events.filter(({ subjectId }) => subjectId === id)).toHaveLength(1);
  const password = passwordOf(outcomes.indexOf("set"));
  expect((await visit().post("/login", { email, password })).status).toBe(302);
}

describe("R8 twenty first passwords at once", () => {
  it.each(rounds)("of one browser: one is set, the others find it there (round %i)", async () => {
    const { user, browsers } = await passwordless(1);
    const outcomes = await race(CROWD, (n) => set(twinOf(browsers[0] as Browser), n));
    await expectOne(user, outcomes);
    expect(["set", "password_exists", "logged out"]).toEqual(expect.arrayContaining(outcomes));
  });

  it.each(rounds)("of as many browsers: one is set, and ends the others (round %i)", async () => {
    const { user, browsers } = await passwordless(CROWD);
    const outcomes = await race(CROWD, (n) => set(browsers[n] as Browser, n));
    await expectOne(user, outcomes);
    expect(["set", "step_up_required", "logged out"]).toEqual(expect.arrayContaining(outcomes));
  });
});
