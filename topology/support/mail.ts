import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { stack } from "../stack/stack.ts";

const PATIENCE_MS = 30_000;

/** From the claim to the mail server it takes no longer than this. */
const UNDER_WAY_MS = 1_000;

/** Waits until every mail is sent, letting the waits between its tries pass in no time. */
export async function settleMail(): Promise<void> {
  const ends = Date.now() + PATIENCE_MS;
  while ((await waitingMails()) > 0 && Date.now() < ends) {
    await setTimeout(UNDER_WAY_MS);
    if (stack.smtp.underWay() === 0) await skipWaits();
  }
  expect(await waitingMails()).toBe(0);
}

async function waitingMails(): Promise<number> {
  const [row] = await stack.sql`select count(*)::int from outbox
    where sent_at is null and dead_at is null`;
  return row?.count;
}

/** As if the time had come; what a worker claimed within the last two seconds stays claimed (its lease is two minutes). */
async function skipWaits(): Promise<void> {
  await stack.sql`update outbox set next_attempt_at = now()
    where sent_at is null and dead_at is null and next_attempt_at > now()
      and next_attempt_at not between now() + interval '118 s' and now() + interval '120 s'`;
}
