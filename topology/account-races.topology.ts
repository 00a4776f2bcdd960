import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stack } from "./stack/stack.ts";
import { CROWD, crowdPosts, oneWinnerEach } from "./support/crowd.ts";
import { note } from "./support/facts.ts";
import { expectNodesUnharmed } from "./support/fault.ts";
import { expectInvariants, keepSecret } from "./support/invariants.ts";
import { liftLimits, restoreLimits } from "./support/limits.ts";
import { settleMail } from "./support/mail.ts";
import { login, mailTo, newMember, newPerson, type Person, seenBy } from "./support/people.ts";
import { tally } from "./support/race.ts";
import { newVisitor, type Visitor } from "./support/visitor.ts";

// What is behind the limits gets all of the race.
beforeAll(liftLimits);
afterAll(restoreLimits);

const ROUNDS = 5;

describe(`fifty at once at both nodes, ${ROUNDS} times`, () => {
  it("R88 R95 R174 the link to another address changes it once, and one browser stays", async (context) => {
    const oneWinner = oneWinnerEach("email.changed");
    for (let round = 0; round < ROUNDS; round++) {
      const { member, wanted } = await newMover();
      await member.visitor.get((await mailTo(wanted, /^Confirm your new/)).path);
      const crowd = await crowdPosts(member.visitor, "/settings/email/confirm", confirm);
      if (!(await oneWinner.expectIn(crowd, wanted))) continue;
      expect(await seenBy(crowd.winners[0]?.twin as Visitor, member)).toBe("in");
      expect(await seenBy(member.visitor, member)).toBe("out");
    }
    note(context, oneWinner.fact());
  });

  it("R88 R174 the link to keep the address stops the change once", async (context) => {
    const oneWinner = oneWinnerEach("email.change-cancelled");
    for (let round = 0; round < ROUNDS; round++) {
      const { member, wanted } = await newMover();
      const owner = await openedBy(member, "/settings/email/cancel");
      await crowdPosts(owner, "/settings/email/cancel", () => ({ intent: "cancel" }));
      await oneWinner.expectDone(member.email);
      await member.visitor.get((await mailTo(wanted, /^Confirm your new/)).path);
      const late = await member.visitor.post("/settings/email/confirm", confirm());
      expect(late.status).toBe(400);
    }
    note(context, oneWinner.fact());
  });

  it('R88 R174 "this was not me" ends everything once', async (context) => {
    const oneWinner = oneWinnerEach("account.disowned");
    for (let round = 0; round < ROUNDS; round++) {
      const { member } = await newMover();
      const owner = await openedBy(member, "/not-me");
      const before = stack.smtp.mails.length;
      await crowdPosts(owner, "/not-me", () => ({}));
      await oneWinner.expectDone(member.email);
      expect(await seenBy(member.visitor, member)).toBe("out");
      await mailTo(member.email, /^Set a new password/, before);
    }
    note(context, oneWinner.fact());
  });

  it("R88 R174 the link to log in with lets one in", async (context) => {
    let winners = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const member = await newMember();
      const visitor = newVisitor();
      const form = { intent: "request", email: member.email };
      await visitor.post("/login/magic-link", form);
      await visitor.get((await mailTo(member.email, /^Log in/)).path);
      const { signedIn } = await crowdPosts(visitor, "/login/magic-link", confirm);
      winners += signedIn;
    }
    note(context, `${winners} winners of ${CROWD} in ${ROUNDS} rounds`);
    expect(winners).toBe(ROUNDS);
  });

  it("R88 R161 R174 a deletion is wished once and taken back once", async (context) => {
    const wished = oneWinnerEach("account.deletion-scheduled");
    const takenBack = oneWinnerEach("account.deletion-cancelled");
    for (let round = 0; round < ROUNDS; round++) {
      const member = await newMember();
      await crowdPosts(member.visitor, DELETION, () => ({ intent: "schedule" }));
      await wished.expectDone(member.email);
      expect(await seenBy(member.visitor, member)).toBe("out");
      const back = newVisitor();
      await login(back, member);
      expect(back.isSignedIn()).toBe(false);
      await crowdPosts(back, DELETION, () => ({ intent: "cancel" }));
      await takenBack.expectDone(member.email);
      await login(back, member);
      expect(await seenBy(back, member)).toBe("in");
    }
    note(context, `${wished.fact()}, ${takenBack.fact()}`);
  });

  it("R40 R174 a browser asks for pages when its token is due, gets one new token, and stays", async (context) => {
    const tokens = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const member = await newMember();
      const tab = newVisitor();
      const form = { email: member.email, password: member.password, remember: "on" };
      await tab.post("/login", form);
      const before = tab.jar.get(SESSION);
      await makeDue(member);
      const tabs = Array.from({ length: CROWD }, () => tab.twin());
      // Documents, the data of pages and what is fetched before a click, all at once.
      const paths = ["/settings", "/settings.data", "/dashboard.data?_routes=routes%2Fdashboard"];
      const answers = await Promise.all(tabs.map((one, n) => one.get(paths[n % 3] as string)));
      expect(tally(answers.map(({ status }) => String(status)))).toEqual({ 200: CROWD });
      const given = new Set(
        tabs.map(({ jar }) => jar.get(SESSION)).filter((one) => one !== before),
      );
      expect(given.size).toBe(1);
      for (const one of given) tokens.add(keepSecret(one as string));
      for (const one of tabs.slice(0, 4)) expect(await seenBy(one, member)).toBe("in");
    }
    note(context, `${tokens.size} new tokens in ${ROUNDS} rounds, nobody logged out`);
  });

  it("leaves everything in order", async () => {
    await settleMail();
    await expectInvariants();
    await expectNodesUnharmed();
  });
});

const SESSION = "__Host-session";

/** As if the token of whoever stays logged in were older than a day. */
async function makeDue({ email }: Person): Promise<void> {
  await stack.sql`update sessions set token_since = now() - interval '2 days'
    where persistent and user_id = (select id from users where email = ${email})`;
}

const DELETION = "/settings/delete-account";

const confirm = () => ({ intent: "confirm" });

/** Asked for another address a moment ago. */
async function newMover(): Promise<{ member: Person; wanted: string }> {
  const member = await newMember();
  const wanted = newPerson().email;
  await member.visitor.post("/settings/email", { email: wanted });
  return { member, wanted };
}

/** Whoever reads the warning at the address of before, with its link to this page open. */
async function openedBy({ email }: Person, page: string): Promise<Visitor> {
  const { text } = await mailTo(email, /is about to change$/);
  const token = new RegExp(`${page}\\?token=(\\S+)`).exec(text)?.[1] ?? "";
  const visitor = newVisitor();
  await visitor.get(`${page}?token=${keepSecret(token)}`);
  return visitor;
}
