import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { stack } from "./stack/stack.ts";
import { note } from "./support/facts.ts";
import { underFault } from "./support/fault.ts";

const { smtp, mailLink } = stack;

/** Longer than any request may take: whoever waits for the mail server is found out. */
const SLOW_MS = 8_000;

async function whileIn(milliseconds: number, begin: () => unknown, end: () => unknown) {
  await begin();
  await setTimeout(milliseconds);
  await end();
}

const faults: [name: string, fault: () => Promise<void>][] = [
  ["is down", () => whileIn(2_500, smtp.stop, smtp.start)],
  ["is slow", () => whileIn(2_500, () => smtp.delay(SLOW_MS), smtp.behave)],
  ["says: later (451)", () => whileIn(2_500, () => smtp.refuse(451), smtp.behave)],
  ["says: never (550)", () => whileIn(2_500, () => smtp.refuse(550), smtp.behave)],
  ["cannot be heard", () => whileIn(2_500, mailLink.blackhole, mailLink.pass)],
];

describe("R97 R176 people get their answers, and later their mail, when the mail server", () => {
  it.for(faults)("%s", async ([, fault], context) => {
    const before = smtp.mails.length;
    const { requests, slowestSeconds } = await underFault(fault);
    note(context, `${requests} answers, the slowest after ${slowestSeconds.toFixed(1)} s`);
    expect(duplicatesSince(before)).toBe(0);
  });

  it("takes mails and goes before it says so: those arrive twice, and no other", async (context) => {
    const before = smtp.mails.length;
    await underFault(async () => {
      mailLink.cutAfter(/\r\n\.\r\n$/, 5);
      await setTimeout(2_500);
      expect(mailLink.cutCount()).toBe(5);
      mailLink.pass();
    });
    const twice = duplicatesSince(before);
    note(context, `5 cut off, ${twice} mails twice`);
    expect(twice).toBe(5);
  });
});

/** How many mails arrived more often than once; each has a link or a time of its own. */
function duplicatesSince(before: number): number {
  const mails = smtp.mails.slice(before).map(({ to, text }) => `${to}\n${text}`);
  return mails.length - new Set(mails).size;
}
