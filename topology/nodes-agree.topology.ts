import { afterAll, describe, expect, it } from "vitest";
import { stack } from "./stack/stack.ts";
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
import { newVisitor } from "./support/visitor.ts";

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

it("R76 R97 a link that was opened stands in no log of a node", async () => {
  const { visitor, mail } = await newRegistrant();
  const { status } = await visitor.get(mail.path);
  expect([status, mail.path]).toEqual([303, expect.stringContaining("token=")]);
  const [, token = ""] = mail.path.split("token=");
  const logs = stack.nodes.map((node) => JSON.stringify(node.output()));
  expect(logs.map((log) => log.includes(token))).toEqual([false, false]);
});
