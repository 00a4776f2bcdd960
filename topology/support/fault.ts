import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { stack } from "../stack/stack.ts";
import { expectInvariants } from "./invariants.ts";
import { settleMail } from "./mail.ts";
import { type Event, MEMBER_READS, startTraffic } from "./traffic.ts";

/** R171: five seconds for an operation, and some for a busy machine. */
const DEADLINE_MS = 6_500;

/** After the end of a fault everything must work within this. */
const RECOVERY_MS = 10_000;

/** Everybody got what they wanted and nobody was refused for so long: it is over. */
const CALM_MS = 1_500;

export interface FaultReport {
  requests: number;
  /** Told to come back. */
  unavailable: number;
  /** Ended with the node that had them. */
  lost: number;
  slowestSeconds: number;
  /** From the end of the fault to the last request it made fail. */
  recoverySeconds: number;
}

/** What the summary says about it. */
export function factOf({ requests, unavailable, recoverySeconds }: FaultReport): string {
  return `${unavailable} of ${requests} told to come back, well after ${recoverySeconds.toFixed(1)} s`;
}

/** Lets people come and go, breaks something, mends it, and holds the house to its promises all the while. */
export async function underFault(
  fault: () => Promise<void>,
  { mayLoseNode }: { mayLoseNode?: boolean } = {},
): Promise<FaultReport> {
  const { events, mended, isCalm } = await observe(fault);
  await expectNodesUnharmed();
  const isLost = ({ answer }: Event) => mayLoseNode === true && answer.node.endsWith("is gone");
  const answered = events.filter((event) => !isLost(event));
  const slowestSeconds = slowestOf(answered) / 1000;
  expectCalm(answered);
  const failed = events.filter(isFailure);
  const recoveryMs = Math.max(0, ...failed.map(({ endedAt }) => endedAt - mended));
  expect([isCalm, recoveryMs], "works again in time").toEqual([true, expect.any(Number)]);
  expect(recoveryMs).toBeLessThan(RECOVERY_MS);
  await settleMail();
  await expectInvariants();
  return {
    requests: events.length,
    unavailable: answered.filter(isFailure).length,
    lost: events.length - answered.length,
    slowestSeconds,
    recoverySeconds: recoveryMs / 1000,
  };
}

async function observe(fault: () => Promise<void>) {
  const traffic = await startTraffic();
  const { events } = traffic;
  try {
    await setTimeout(300);
    await fault();
    const mended = performance.now();
    return { events, mended, isCalm: await calmAfter(events, mended) };
  } finally {
    await traffic.stop();
  }
}

/** Never a crash, never a word on standard error, which is where forgotten rejections go. Revives for the next test. */
export async function expectNodesUnharmed(): Promise<void> {
  const states = stack.nodes.map((node) => [node.isRunning(), node.complaints()]);
  for (const node of stack.nodes) if (!node.isRunning()) await node.start();
  expect(states).toEqual(stack.nodes.map(() => [true, ""]));
}

/** Waits until everybody gets what they want again, or the time for it is over. */
async function calmAfter(events: Event[], mended: number): Promise<boolean> {
  const everything = [...new Set(events.map(({ what }) => what))];
  const isLate = () => performance.now() - mended > RECOVERY_MS + DEADLINE_MS;
  const isCalm = () => {
    const since = Math.max(mended, events.findLast(isFailure)?.endedAt ?? 0);
    const done = new Set(events.filter(({ endedAt }) => endedAt > since).map(({ what }) => what));
    return performance.now() - since > CALM_MS && everything.every((what) => done.has(what));
  };
  while (!isCalm() && !isLate()) await setTimeout(100);
  return isCalm();
}

function isFailure({ right, answer }: Event): boolean {
  return !right.includes(answer.status);
}

function expectCalm(events: Event[]): void {
  const wrong = events.filter((event) => !isRight(event)).map(describeEvent);
  expect([...new Set(wrong)]).toEqual([]);
  expect(slowestOf(events)).toBeLessThan(DEADLINE_MS);
}

function slowestOf(events: Event[]): number {
  return Math.max(...events.map(({ answer }) => answer.milliseconds));
}

/** A protected byte is for the member alone; whatever fails is a 503 that says when to come back, and nothing else. */
function isRight(event: Event): boolean {
  const { what, answer, showsSecret } = event;
  if (isFailure(event)) return answer.status === 503 && answer.retryAfter !== null && !showsSecret;
  return showsSecret === (what === MEMBER_READS);
}

function describeEvent({ what, answer, showsSecret }: Event): string {
  const { status, location, node } = answer;
  return `${what}: ${status} ${location ?? ""} by node ${node}${showsSecret ? " with a secret" : ""}`;
}
