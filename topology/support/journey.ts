import { expect } from "vitest";
import {
  login,
  loginOf,
  newMember,
  newPassword,
  newRegistrant,
  openResetLink,
  seenBy,
} from "./people.ts";
import { newVisitor } from "./visitor.ts";

const WRONG = "the wrong horse battery staple";

/** Everything that one node begins and another ends, with all that goes by a clock. */
export async function expectJourney(here: number, there: number): Promise<void> {
  await expectVerification(here, there);
  await expectNewPasswords(here, there);
  await expectLimits(here, there);
}

async function expectVerification(here: number, there: number): Promise<void> {
  const byCode = await newRegistrant({ node: here });
  const coder = byCode.visitor.twin({ node: there });
  await coder.post("/verify-email", { intent: "code", code: byCode.mail.code });
  expect(await seenBy(coder.twin({ node: here }), byCode)).toBe("in");

  const byLink = await newRegistrant({ node: here });
  const clicker = byLink.visitor.twin({ node: there });
  await clicker.get(byLink.mail.path);
  await clicker.post("/verify-email", { intent: "confirm" });
  expect(await seenBy(clicker.twin({ node: here }), byLink)).toBe("in");
}

async function expectNewPasswords(here: number, there: number): Promise<void> {
  const member = await newMember();
  const opened = (await openResetLink(member, { node: here })).twin({ node: there });
  const password = newPassword();
  expect((await opened.post("/reset-password", { password })).status).toBe(302);
  expect(await seenBy(member.visitor.twin({ node: here }), member)).toBe("out");

  member.password = password;
  const visitor = await loginOf(member, { node: here });
  const changing = visitor.twin({ node: there });
  const form = { currentPassword: password, newPassword: newPassword() };
  expect((await changing.post("/settings/password", form)).status).toBe(302);
  expect(await seenBy(visitor, member)).toBe("out");
  await changing.twin({ node: here }).post("/logout");
  expect(await seenBy(changing, member)).toBe("out");
}

async function expectLimits(here: number, there: number): Promise<void> {
  const member = await newMember();
  const wrong = { ...member, password: WRONG };
  for (let n = 0; n < 5; n++) await login(newVisitor({ node: n % 2 }), wrong);
  const { status, retryAfter } = await login(newVisitor({ node: there }), wrong);
  // After a second, which a busy machine may take, a sixth try is free and the seventh waits.
  if (status === 429) expect(Number(retryAfter)).toBeLessThanOrEqual(1);
  else expect(status).toBe(401);

  const { visitor } = await newRegistrant({ node: here });
  const resend = (node: number) =>
    visitor.twin({ node }).post("/verify-email", { intent: "resend" });
  expect((await resend(here)).status).toBe(302);
  const refused = await resend(there);
  expect(refused.status).toBe(429);
  expect(Number(refused.retryAfter)).toBeLessThanOrEqual(60);
}
