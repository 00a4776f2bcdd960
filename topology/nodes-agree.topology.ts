import { afterAll, describe, expect, it } from "vitest";
import { stack } from "./stack/stack.ts";
import { note } from "./support/facts.ts";
import { expectNodesUnharmed } from "./support/fault.ts";
import { expectInvariants } from "./support/invariants.ts";
import { settleMail } from "./support/mail.ts";
import {
  login,
  loginOf,
  newMember,
  newPassword,
  newRegistrant,
  openResetLink,
  seenBy,
} from "./support/people.ts";
import { race, tally } from "./support/race.ts";
import { type Answer, newVisitor } from "./support/visitor.ts";

const WRONG = "the wrong horse battery staple";

afterAll(async () => {
  await settleMail();
  await expectInvariants();
  await expectNodesUnharmed();
});

describe.each([
  [0, 1],
  [1, 0],
])("what node %i ends is over at node %i with the next request", (here, there) => {
  it("R37 by logging out", async () => {
    const member = await newMember();
    const [one, other] = [
      member.visitor.twin({ node: here }),
      member.visitor.twin({ node: there }),
    ];
    expect(await seenBy(other, member)).toBe("in");
    await one.post("/logout");
    expect(await seenBy(other, member)).toBe("out");
    expect(await seenBy(member.visitor.twin({ node: here }), member)).toBe("out");
  });

  it("R38 R39 by revoking the session from another device", async () => {
    const member = await newMember();
    const stolen = await loginOf(member, { node: there });
    const [session] = await stack.sql`select s.id from sessions s join users u on u.id = s.user_id
      where u.email = ${member.email} order by s.created_at desc limit 1`;
    const form = { intent: "revoke", id: session?.id };
    expect(
      (await member.visitor.twin({ node: here }).post("/settings/sessions", form)).status,
    ).toBe(302);
    expect(await seenBy(stolen, member)).toBe("out");
    expect(await seenBy(member.visitor, member)).toBe("in");
  });

  it("R7 R33 by changing the password, which gives the session that did it a new id", async () => {
    const member = await newMember();
    const stolen = await loginOf(member, { node: there });
    const old = member.visitor.twin({ node: there });
    const changing = member.visitor.twin({ node: here });
    const form = { currentPassword: member.password, newPassword: newPassword() };
    expect((await changing.post("/settings/password", form)).status).toBe(302);
    expect(await seenBy(stolen, member)).toBe("out");
    expect(await seenBy(old, member)).toBe("out");
    expect(await seenBy(changing.twin({ node: there }), member)).toBe("in");
  });

  it("R43 by resetting the password, which also ends the other reset link", async () => {
    const member = await newMember();
    const signedIn = await loginOf(member, { node: there });
    const visitor = await openResetLink(member, { node: here });
    const late = visitor.twin({ node: there });
    expect((await visitor.post("/reset-password", { password: newPassword() })).status).toBe(302);
    expect(await seenBy(signedIn, member)).toBe("out");
    expect((await late.post("/reset-password", { password: newPassword() })).status).toBe(400);
  });
});

it("R39 R43 a disabled user is out at both nodes with the next request, and does not get in again", async () => {
  const member = await newMember();
  await stack.sql`update users set disabled_at = now() where email = ${member.email}`;
  for (const node of [0, 1]) {
    expect(await seenBy(member.visitor.twin({ node }), member)).toBe("out");
    const visitor = newVisitor({ node });
    const { location } = await login(visitor, member);
    expect([location, visitor.isSignedIn()]).toEqual(["/login?refused=account_disabled", false]);
  }
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
    expect(statusesOf(results)).toEqual({ 401: 30, 429: 10 });
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
