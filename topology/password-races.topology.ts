import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CROWD, crowdPosts, oneWinnerEach, ROUNDS } from "./support/crowd.ts";
import { note } from "./support/facts.ts";
import { expectNodesUnharmed } from "./support/fault.ts";
import { expectInvariants } from "./support/invariants.ts";
import { liftLimits, restoreLimits } from "./support/limits.ts";
import { settleMail } from "./support/mail.ts";
import { login, loginOf, newMember, newPassword, openResetLink, seenBy } from "./support/people.ts";
import { race } from "./support/race.ts";
import { newVisitor } from "./support/visitor.ts";

// What is behind the limits gets all of the race.
beforeAll(liftLimits);
afterAll(restoreLimits);

/** Each login of each round costs a hash. */
const LOGIN_ROUNDS = 10;

describe(`fifty at once at both nodes, ${ROUNDS} times`, () => {
  it("R88 R174 the reset link sets one password", async (context) => {
    const member = await newMember();
    const oneWinner = oneWinnerEach("password.reset");
    for (let round = 0; round < ROUNDS; round++) {
      const visitor = await openResetLink(member);
      const form = () => ({ password: newPassword() });
      const crowd = await crowdPosts(visitor, "/reset-password", form);
      if (!(await oneWinner.expectIn(crowd, member.email, round))) continue;
      expect(crowd.outcomes).toEqual({ 302: 1, 400: CROWD - 1 });
      await loginOf({ ...member, password: crowd.winners[0]?.form.password ?? "" });
    }
    note(context, oneWinner.fact());
  });

  it("R7 R33 R174 a password is changed once, and one browser keeps its session under a new id", async (context) => {
    let member = await newMember();
    let done = 0;
    const oneWinner = oneWinnerEach("password.changed");
    for (let round = 0; round < ROUNDS; round++) {
      const before = { currentPassword: member.password };
      const form = () => ({ ...before, newPassword: newPassword() });
      const crowd = await crowdPosts(member.visitor, "/settings/password", form);
      const isHeard = await oneWinner.expectIn(crowd, member.email, done);
      expect(await seenBy(member.visitor, member)).toBe("out");
      if (!isHeard) {
        // Which password it is now went with the answer.
        [member, done] = [await newMember(), 0];
        continue;
      }
      done += 1;
      const [winner] = crowd.winners as [(typeof crowd.winners)[0]];
      member.password = winner.form.newPassword;
      member.visitor = winner.twin;
      expect(await seenBy(member.visitor, member)).toBe("in");
      await loginOf(member);
    }
    note(context, oneWinner.fact());
  });

  it("R7 R43 a login with the old password, under way when it is changed, lets nobody in", async (context) => {
    const member = await newMember();
    let stayed = 0;
    for (let round = 0; round < LOGIN_ROUNDS; round++) {
      const newOne = newPassword();
      const form = { currentPassword: member.password, newPassword: newOne };
      const results = await race(CROWD, async (n, held) => {
        if (n === 0) return { answer: await member.visitor.post("/settings/password", form, held) };
        const visitor = newVisitor();
        return { answer: await login(visitor, member, held), visitor };
      });
      const others = results.flatMap(({ visitor }) => (visitor?.isSignedIn() ? [visitor] : []));
      const seen = await Promise.all(others.map((visitor) => seenBy(visitor, member)));
      stayed += seen.filter((place) => place !== "out").length;
      member.password = newOne;
      expect(await seenBy(member.visitor, member)).toBe("in");
    }
    note(context, `${stayed} of ${LOGIN_ROUNDS * (CROWD - 1)} stayed signed in`);
    expect(stayed).toBe(0);
  });

  it("leaves everything in order", async () => {
    await settleMail();
    await expectInvariants();
    await expectNodesUnharmed();
  });
});
