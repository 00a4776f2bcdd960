import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stack } from "./stack/stack.ts";
import { note } from "./support/facts.ts";
import { expectNodesUnharmed } from "./support/fault.ts";
import { expectInvariants } from "./support/invariants.ts";
import { liftLimits, restoreLimits } from "./support/limits.ts";
import { settleMail } from "./support/mail.ts";
import {
  login,
  newMember,
  newPassword,
  newPerson,
  newRegistrant,
  openResetLink,
  type Person,
  seenBy,
} from "./support/people.ts";
import { race, tally } from "./support/race.ts";
import { newVisitor, type Visitor } from "./support/visitor.ts";

const CROWD = 50;
const ROUNDS = 20;

// What is behind the limits gets all of the race.
beforeAll(liftLimits);
afterAll(restoreLimits);

/** A crowd of twins posts the same form at once; how often each outcome came. */
async function outcomesOf<Form extends Record<string, string>>(
  origin: Visitor,
  path: string,
  fields: () => Form,
) {
  const results = await race(CROWD, async (_, held) => {
    const twin = origin.twin();
    const form = fields();
    const answer = await twin.post(path, form, held);
    return { twin, form, answer };
  });
  const winners = results.filter(({ answer }) => answer.status === 302);
  const signedIn = results.filter(({ twin }) => twin.isSignedIn()).length;
  return { winners, signedIn, outcomes: tally(results.map(({ answer }) => `${answer.status}`)) };
}

describe(`fifty at once at both nodes, ${ROUNDS} times`, () => {
  it("R88 R174 the verification link lets one in", async (context) => {
    for (let round = 0; round < ROUNDS; round++) {
      const { visitor, mail } = await newRegistrant();
      await visitor.get(mail.path);
      const { outcomes, signedIn } = await confirmAll(visitor);
      expect([outcomes, signedIn]).toEqual([{ 302: 1, 400: CROWD - 1 }, 1]);
    }
    note(context, "1 winner of 50 in each round");
  });

  it("R88 R91 R174 the verification code lets one in", async (context) => {
    for (let round = 0; round < ROUNDS; round++) {
      const { visitor, mail } = await newRegistrant();
      const form = { intent: "code", code: mail.code };
      const { outcomes, signedIn } = await outcomesOf(visitor, "/verify-email", () => form);
      expect([outcomes, signedIn]).toEqual([{ 302: 1, 400: CROWD - 1 }, 1]);
    }
    note(context, "1 winner of 50 in each round");
  });

  it("R88 R174 the reset link sets one password", async (context) => {
    const member = await newMember();
    for (let round = 0; round < ROUNDS; round++) {
      const visitor = await openResetLink(member);
      const form = () => ({ password: newPassword() });
      const { outcomes, winners } = await outcomesOf(visitor, "/reset-password", form);
      expect(outcomes).toEqual({ 302: 1, 400: CROWD - 1 });
      await expectLogin({ ...member, password: winners[0]?.form.password ?? "" });
    }
    note(context, "1 winner of 50 in each round");
  });

  it("R100 R174 an address in every spelling makes one user and fifty equal answers", async (context) => {
    for (let round = 0; round < ROUNDS; round++) {
      const person = newPerson();
      const results = await race(CROWD, async (n, held) => {
        const visitor = newVisitor();
        const form = { email: spelling(person.email, n), password: person.password, name: "" };
        const answer = await visitor.post("/register", form, held);
        return { answer, cookies: [...visitor.jar.keys()].join() };
      });
      const seen = results.map(({ answer, cookies }) => `${answer.status} ${cookies}`);
      expect(tally(seen)).toEqual({ "302 __Host-flow": CROWD });
      const mails = await stack.sql`select kind, count(*)::int from outbox
        where recipient = ${person.email} group by kind order by kind`;
      expect(mails.map(({ kind, count }) => [kind, count])).toEqual([
        ["already-registered", CROWD - 1],
        ["verify-email", 1],
      ]);
    }
    note(context, "1 user of 50 in each round");
  });

  it("R7 R33 R174 a password is changed once, and one browser keeps its session under a new id", async (context) => {
    const member = await newMember();
    for (let round = 0; round < ROUNDS; round++) {
      const before = { currentPassword: member.password };
      const form = () => ({ ...before, newPassword: newPassword() });
      const { winners } = await outcomesOf(member.visitor, "/settings/password", form);
      expect(winners).toHaveLength(1);
      const [winner] = winners as [(typeof winners)[0]];
      expect(await seenBy(member.visitor, member)).toBe("out");
      member.password = winner.form.newPassword;
      member.visitor = winner.twin;
      expect(await seenBy(member.visitor, member)).toBe("in");
      await expectLogin(member);
    }
    note(context, "1 winner of 50 in each round");
  });

  it("leaves everything in order", async () => {
    await settleMail();
    await expectInvariants();
    await expectNodesUnharmed();
  });
});

it("the race is real: nodes that look first and delete then let several in, every time", async (context) => {
  const preload = new URL("./preload/naive-take.ts", import.meta.url).href;
  const naive = [await stack.newNode(), await stack.newNode()];
  await Promise.all(naive.map((node) => node.start({ flags: ["--import", preload] })));
  const front = await stack.frontFor(naive);
  const counts: number[] = [];
  for (let round = 0; round < 5; round++) {
    const { visitor, mail } = await newRegistrant({ front });
    await visitor.get(mail.path);
    counts.push((await confirmAll(visitor)).signedIn);
  }
  await Promise.all(naive.map((node) => node.stop()));
  note(context, `winners of 50: ${counts.join(", ")}`);
  expect(counts.filter((count) => count > 1)).toHaveLength(counts.length);
});

function confirmAll(visitor: Visitor) {
  return outcomesOf(visitor, "/verify-email", () => ({ intent: "confirm" }));
}

async function expectLogin(person: Person): Promise<void> {
  const visitor = newVisitor();
  await login(visitor, person);
  expect(visitor.isSignedIn()).toBe(true);
}

function spelling(email: string, n: number): string {
  const upper = (at: number) => ((n >> (at % 5)) & 1) === 1;
  return [...email].map((letter, at) => (upper(at) ? letter.toUpperCase() : letter)).join("");
}
