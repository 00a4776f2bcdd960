import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stack } from "./stack/stack.ts";
import { CROWD, crowdPosts, oneWinnerEach, ROUNDS } from "./support/crowd.ts";
import { note } from "./support/facts.ts";
import { expectNodesUnharmed } from "./support/fault.ts";
import { expectInvariants } from "./support/invariants.ts";
import { liftLimits, restoreLimits } from "./support/limits.ts";
import { settleMail } from "./support/mail.ts";
import { newPerson, newRegistrant } from "./support/people.ts";
import { race, tally } from "./support/race.ts";
import { newVisitor, type Visitor } from "./support/visitor.ts";

// What is behind the limits gets all of the race.
beforeAll(liftLimits);
afterAll(restoreLimits);

describe(`fifty at once at both nodes, ${ROUNDS} times`, () => {
  it("R88 R174 the verification link lets one in", async (context) => {
    const oneWinner = oneWinnerEach("email.verified");
    for (let round = 0; round < ROUNDS; round++) {
      const { visitor, mail, email } = await newRegistrant();
      await visitor.get(mail.path);
      const crowd = await confirmAll(visitor);
      if (await oneWinner.expectIn(crowd, email)) expectOneIn(crowd);
    }
    note(context, oneWinner.fact());
  });

  it("R88 R91 R174 the verification code lets one in", async (context) => {
    const oneWinner = oneWinnerEach("email.verified");
    for (let round = 0; round < ROUNDS; round++) {
      const { visitor, mail, email } = await newRegistrant();
      const form = { intent: "code", code: mail.code };
      const crowd = await crowdPosts(visitor, "/verify-email", () => form);
      if (await oneWinner.expectIn(crowd, email)) expectOneIn(crowd);
    }
    note(context, oneWinner.fact());
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

  it("leaves everything in order", async () => {
    await settleMail();
    await expectInvariants();
    await expectNodesUnharmed();
  });
});

it("the race is real: nodes that look first and delete then let several in", async (context) => {
  const preload = new URL("./preload/naive-take.ts", import.meta.url).href;
  const naive = [await stack.newNode(), await stack.newNode()];
  await Promise.all(naive.map((node) => node.start({ flags: ["--import", preload] })));
  const front = await stack.frontFor(naive);
  const counts: number[] = [];
  for (let round = 0; round < 5; round++) {
    const { visitor, mail, email } = await newRegistrant({ front });
    await visitor.get(mail.path);
    counts.push((await confirmAll(visitor)).signedIn);
    await forget(email);
  }
  await Promise.all(naive.map((node) => node.stop()));
  note(context, `winners of 50: ${counts.join(", ")}`);
  // On a busy machine a round may happen to be lost by nobody.
  expect(counts.filter((count) => count > 1).length).toBeGreaterThan(counts.length / 2);
});

/** What the broken nodes did breaks the invariants, as it should, but not for the tests to come. */
async function forget(email: string): Promise<void> {
  await stack.sql`delete from audit_events
    where subject_id = (select id from users where email = ${email})`;
  await stack.sql`delete from users where email = ${email}`;
}

function expectOneIn({ outcomes, signedIn }: Awaited<ReturnType<typeof crowdPosts>>): void {
  expect([outcomes, signedIn]).toEqual([{ 302: 1, 400: CROWD - 1 }, 1]);
}

function confirmAll(visitor: Visitor) {
  return crowdPosts(visitor, "/verify-email", () => ({ intent: "confirm" }));
}

function spelling(email: string, n: number): string {
  const upper = (at: number) => ((n >> (at % 5)) & 1) === 1;
  return [...email].map((letter, at) => (upper(at) ? letter.toUpperCase() : letter)).join("");
}
