import { afterAll, describe, expect, it } from "vitest";
import { stack } from "./stack/stack.ts";
import { note } from "./support/facts.ts";
import { expectNodesUnharmed } from "./support/fault.ts";
import { expectInvariants } from "./support/invariants.ts";
import { settleMail } from "./support/mail.ts";
import { newMember, newRegistrant } from "./support/people.ts";
import { race, tally } from "./support/race.ts";
import { type Answer, newVisitor } from "./support/visitor.ts";

const WRONG = "the wrong horse battery staple";

afterAll(async () => {
  await settleMail();
  await expectInvariants();
  await expectNodesUnharmed();
});

describe("nodes count together", () => {
  it.for(["member", "nobody"])(
    "R20 R22 R174 a hundred wrong passwords for a %s at both nodes are five tries",
    async (who, context) => {
      const member = await newMember();
      const email = who === "member" ? member.email : `not.${member.email}`;
      const started = performance.now();
      const results = await race(100, async (_, held) => ({
        answer: await newVisitor().post("/login", { email, password: WRONG }, held),
      }));
      const seconds = (performance.now() - started) / 1000;
      expect(new Set(results.map(({ answer }) => answer.node))).toEqual(new Set(["0", "1"]));
      const { 401: verified = 0, 429: refused = 0 } = statusesOf(results);
      expect([verified + refused, verified]).toEqual([100, expect.any(Number)]);
      expect(verified).toBeLessThanOrEqual(triesIn(seconds));
      note(context, `${verified} looked at in ${seconds.toFixed(1)} s`);
    },
  );

  it("R91 R174 a hundred wrong codes at both nodes are five tries, and the right one comes too late", async () => {
    const { visitor, mail, email } = await newRegistrant();
    await race(100, async (n, held) => {
      const code = String((Number(mail.code) + 1 + n) % 1_000_000).padStart(6, "0");
      return { answer: await visitor.twin().post("/verify-email", { intent: "code", code }, held) };
    });
    const [row] = await stack.sql`select code_tries from tokens where address = ${email}`;
    expect(row?.code_tries).toBe(5);
    const late = visitor.twin();
    await late.post("/verify-email", { intent: "code", code: mail.code });
    expect(late.isSignedIn()).toBe(false);
  });

  it("R30 R174 mails to one address: five in an hour, whichever node is asked", async () => {
    const { email } = await newMember();
    const results = await race(20, async (_, held) => ({
      answer: await newVisitor().post("/forgot-password", { email }, held),
    }));
    // The registration was the first.
    expect(statusesOf(results)).toEqual({ 302: 4, 429: 16 });
  });

  it("R28 one client's logins: thirty in a minute, whichever node is asked", async () => {
    const visitor = newVisitor();
    const results = await race(40, async (n, held) => ({
      answer: await visitor.post("/login", { email: `n${n}@example.com`, password: WRONG }, held),
    }));
    const { 401: looked = 0, 429: refused = 0 } = statusesOf(results);
    // Those who were told that the house is busy have been counted, too.
    expect([looked + refused, looked <= 30]).toEqual([40, true]);
  });
});

it("R178 five hundred pages at once, of ten connections per node, are all answered", async (context) => {
  const { visitor, name } = await newMember();
  const started = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 500 }, () => visitor.twin().get("/dashboard")),
  );
  const seconds = (performance.now() - started) / 1000;
  expect(tally(answers.map(({ status }) => String(status)))).toEqual({ 200: 500 });
  expect(answers.every(({ body }) => body.includes(name))).toBe(true);
  note(context, `in ${seconds.toFixed(1)} s`);
});

function statusesOf(results: { answer: Answer }[]): Record<string, number> {
  return tally(results.map(({ answer }) => String(answer.status)));
}

/** Five at once; then one more after a second, after two more, after four more. */
function triesIn(seconds: number): number {
  return 5 + [1, 3, 7, 15].filter((later) => later <= seconds).length;
}
