import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import type {
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from "../src/features/passkeys/passkeys.ts";
import { virtualPasskey } from "../src/testing.ts";
import { type Browser, browser } from "./browser.ts";
import { actionOf, hasSession } from "./factors.ts";
import { newUser, register, userByEmail } from "./people.ts";
import { openNodes, pool, race } from "./postgres.ts";
import * as schema from "./schema.ts";

const rounds = [1, 2, 3];

let pair: Awaited<ReturnType<typeof openNodes>>;
beforeAll(async () => {
  pair = await openNodes();
});

const house = () => pair.nodes[0].house;
const SETTINGS = "/settings/passkeys";

let visitors = 0;
/** A browser in a network of its own, talking to whichever node is next. */
function visit(): Browser {
  visitors += 1;
  return browser(pair.next().handle, { ip: `10.2.${visitors >> 8}.${visitors & 255}` });
}

function twinOf({ jar }: Browser): Browser {
  const twin = visit();
  for (const [name, value] of jar) twin.jar.set(name, value);
  return twin;
}

async function withoutLimits<Result>(run: () => Promise<Result>): Promise<Result> {
  await pair.liftLimits();
  const result = await run();
  await pair.restoreLimits();
  return result;
}

async function steppedUp(user: { id: string }): Promise<Browser> {
  const visitor = visit();
  visitor.adopt(await house().steppedUp(user));
  return visitor;
}

async function passkeysOf(user: { id: string }): Promise<string[]> {
  const rows = await house()
    .core.db.select({ id: schema.passkeys.id })
    .from(schema.passkeys)
    .where(eq(schema.passkeys.userId, user.id));
  return rows.map(({ id }) => id);
}

async function sessionsOf(user: { id: string }): Promise<number> {
  const mine = eq(schema.sessions.userId, user.id);
  const { db } = house().core;
  return (await db.select({ id: schema.sessions.id }).from(schema.sessions).where(mine)).length;
}

async function loginOptions(visitor: Browser): Promise<PasskeyRequestOptions> {
  const asked = await visitor.post("/login/passkey", { intent: "options" });
  return ((await asked.json()) as { options: PasskeyRequestOptions }).options;
}

/** Lets so many requests that change the user's factors pile up at the lock, and then all go on at once. */
async function meeting(
  user: { id: string },
  count: number,
  run: (n: number) => Promise<Response>,
): Promise<Response[]> {
  const gate = await pool(pair.url, { max: 1 }).reserve();
  const lock = `auth-rr login ${user.id}`;
  await gate`select pg_advisory_lock(hashtextextended(${lock}, 0))`;
  const answers = race(count, run);
  for (let waiting = 0; waiting < count; ) {
    const [found] = await gate`select count(*)::int as count from pg_locks
      where locktype = 'advisory' and not granted`;
    waiting = found?.count as number;
  }
  await gate`select pg_advisory_unlock(hashtextextended(${lock}, 0))`;
  gate.release();
  return answers;
}

describe("at the same time", () => {
  it.each(rounds)("R116 fifty tries of one assertion are one session (round %i)", async () => {
    const user = await newUser(house());
    const passkey = await house().enrollPasskey(user);
    const visitor = visit();
    const response = passkey.get(await loginOptions(visitor));
    const twins = await withoutLimits(() =>
      race(50, async () => {
        const twin = twinOf(visitor);
        await twin.post("/login/passkey", { intent: "verify", response });
        return twin;
      }),
    );
    expect(twins.filter(hasSession)).toHaveLength(1);
    expect(await sessionsOf(user)).toBe(1);
  });

  it.each(rounds)("R120 removals of all passkeys leave one way in (round %i)", async () => {
    const user = await newUser(house());
    for (let n = 0; n < 3; n++) await house().enrollPasskey(user);
    const ids = await passkeysOf(user);
    const visitor = await steppedUp(user);
    // Nobody proved this address any more, so mail is no way in.
    await house()
      .core.db.update(schema.users)
      .set({ emailVerifiedAt: null })
      .where(eq(schema.users.id, user.id));
    const answers = await meeting(user, 3, (n) =>
      twinOf(visitor).post(SETTINGS, { intent: "remove", id: ids[n] as string }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(await passkeysOf(user)).toHaveLength(1);
  });

  it.each(rounds)("R120 twelve registrations leave ten passkeys (round %i)", async () => {
    const user = await newUser(house());
    const visitor = await steppedUp(user);
    const responses: string[] = [];
    for (let n = 0; n < 12; n++) {
      const asked = await visitor.post(SETTINGS, { intent: "options" });
      const { options } = await actionOf<{ options: PasskeyCreationOptions }>(asked);
      responses.push(virtualPasskey().create(options));
    }
    const answers = await meeting(user, 12, (n) =>
      twinOf(visitor).post(SETTINGS, { intent: "register", response: responses[n] as string }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(await passkeysOf(user)).toHaveLength(10);
  });

  it("R119 one credential for two users is one passkey", async () => {
    const [one, two] = [await newUser(house()), await newUser(house())];
    const { credentialId } = virtualPasskey();
    await Promise.all(
      [one, two].map(async (user) => {
        const visitor = await steppedUp(user);
        const asked = await visitor.post(SETTINGS, { intent: "options" });
        const { options } = await actionOf<{ options: PasskeyCreationOptions }>(asked);
        const response = virtualPasskey({ credentialId }).create(options);
        return visitor.post(SETTINGS, { intent: "register", response });
      }),
    );
    const counts = [await passkeysOf(one), await passkeysOf(two)].map(({ length }) => length);
    expect(counts.sort()).toEqual([0, 1]);
  });

  it.each(rounds)(
    "R43 a login and the removal of its passkey leave no session (round %i)",
    async () => {
      const email = await register(house(), visit());
      const user = await userByEmail(house(), email);
      const passkey = await house().enrollPasskey(user);
      const settings = await steppedUp(user);
      const [id = ""] = await passkeysOf(user);
      const visitor = visit();
      const response = passkey.get(await loginOptions(visitor));
      await race(2, (n) =>
        n === 0
          ? visitor.post("/login/passkey", { intent: "verify", response })
          : settings.post(SETTINGS, { intent: "remove", id }),
      );
      expect(await passkeysOf(user)).toEqual([]);
      expect((await visitor.get("/secret")).status).toBe(302);
    },
  );
});
