import { beforeAll, describe, expect, it } from "vitest";
import { days } from "../src/duration.ts";
import { type Browser, crowd } from "./browser.ts";
import { login, register, userByEmail } from "./people.ts";
import { openNodes, race } from "./postgres.ts";

const PAGE = "/settings/delete-account";
const CROWD = 50;
const rounds = [1, 2, 3];

const closed: string[] = [];
const hooks = {
  async onAccountClosed(_tx: never, user: never) {
    closed.push((user as { email: string }).email);
  },
};

let pair: Awaited<ReturnType<typeof openNodes>>;
beforeAll(async () => {
  pair = await openNodes({ hooks });
});
const visit = crowd(() => pair.next().handle);
const house = () => pair.nodes[0].house;

function twinOf({ jar }: Browser): Browser {
  const twin = visit();
  for (const [name, value] of jar) twin.jar.set(name, value);
  return twin;
}

async function person() {
  const visitor = visit();
  const email = await register(house(), visitor);
  return { visitor, email, user: await userByEmail(house(), email) };
}

const post = (visitor: Browser, intent: string) => twinOf(visitor).post(PAGE, { intent });

/** How many mails of this kind, and events of this action, somebody got. */
async function told(email: string, userId: string, kind: string, action: string) {
  const mails = (await house().outbox()).filter(
    ({ to, subject }) => to === email && subject === kind,
  );
  const events = await house().auditEvents(action as "account.deleted");
  return [mails.length, events.filter(({ subjectId }) => subjectId === userId).length];
}

describe("R161 an account, fifty times at once", () => {
  it.each(rounds)("is wished away once (round %i)", async () => {
    const { visitor, email, user } = await person();
    const answers = await race(CROWD, () => post(visitor, "schedule"));
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const scheduled = ["deletion-scheduled", "account.deletion-scheduled"] as const;
    expect(await told(email, user.id, ...scheduled)).toEqual([1, 1]);
  });

  it.each(rounds)("is taken back once (round %i)", async () => {
    const { visitor, email, user } = await person();
    await post(visitor, "schedule");
    const back = visit();
    await login(back, email);
    const answers = await race(CROWD, () => post(back, "cancel"));
    const won = answers.filter(({ headers }) => headers.get("Location")?.includes("reactivated"));
    expect(won).toHaveLength(1);
    const cancelled = ["deletion-cancelled", "account.deletion-cancelled"] as const;
    expect(await told(email, user.id, ...cancelled)).toEqual([1, 1]);
  });

  it.each(rounds)("is deleted once, by many sweeps at two nodes (round %i)", async () => {
    const people = await race(5, person);
    for (const { visitor } of people) await post(visitor, "schedule");
    await house().clock.advance(days(14));
    await race(10, () => pair.next().house.prune());
    for (const { email, user } of people) {
      expect(closed.filter((one) => one === email)).toHaveLength(1);
      expect(await told(email, user.id, "deletion-done", "account.deleted")).toEqual([1, 1]);
    }
  });

  it.each(rounds)("is deleted or taken back, never both and never neither (round %i)", async () => {
    const people = await race(5, person);
    const back = await Promise.all(
      people.map(async ({ visitor, email }) => {
        await post(visitor, "schedule");
        return { email, visitor: visit() };
      }),
    );
    await house().clock.advance(days(14));
    for (const { email, visitor } of back) await login(visitor, email);
    const outcomes = await race(10, async (n) => {
      if (n % 2)
        return pair
          .next()
          .house.prune()
          .then(() => null);
      const { email, visitor } = back[n / 2] as (typeof back)[number];
      const answer = await visitor.post(PAGE, { intent: "cancel" });
      return { email, reopened: answer.headers.get("Location")?.includes("reactivated") };
    });
    for (const outcome of outcomes) {
      if (!outcome) continue;
      expect(closed.includes(outcome.email)).toBe(!outcome.reopened);
      const found = await userByEmail(house(), outcome.email).then(
        () => true,
        () => false,
      );
      expect(found).toBe(outcome.reopened);
    }
  });

  it.each(rounds)("lets no login that was under way outlive the wish (round %i)", async () => {
    const { visitor, email } = await person();
    const visitors = await race(20, async (n) => {
      const entering = visit();
      if (n === 10) await post(visitor, "schedule");
      else await login(entering, email);
      return entering;
    });
    for (const one of visitors) expect((await one.get("/secret")).status).toBe(302);
  });
});
