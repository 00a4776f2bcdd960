import { setTimeout } from "node:timers/promises";
import { describe, expect, it, type TestContext } from "vitest";
import { wrongClock } from "./stack/clock.ts";
import { stack } from "./stack/stack.ts";
import { note } from "./support/facts.ts";
import { expectNodesUnharmed, underFault } from "./support/fault.ts";
import { expectJourney } from "./support/journey.ts";
import { login, newMember } from "./support/people.ts";
import { race, tally } from "./support/race.ts";
import { newVisitor } from "./support/visitor.ts";

const [steady, other] = stack.nodes;

describe("one of two nodes", () => {
  it("R170 R177 is killed three times and started again", async (context) => {
    const kills = async () => {
      for (let n = 0; n < 3; n++) {
        await other.stop("SIGKILL");
        await setTimeout(300);
        await other.start();
        await setTimeout(700);
      }
    };
    const { requests, lost, unavailable } = await underFault(kills, { mayLoseNode: true });
    note(
      context,
      `of ${requests} requests ${lost} lost with the node, ${unavailable} told to come back`,
    );
  });

  it("R177 is asked to stop: the logins under way end well", async (context) => {
    const member = await newMember();
    const stopping = Promise.withResolvers<void>();
    const results = await race(5, async (_, held) => {
      const visitor = newVisitor({ node: 1 });
      const release = async () => {
        await held?.release();
        stopping.resolve(other.stop("SIGTERM"));
      };
      return { answer: await login(visitor, member, { release }) };
    });
    await stopping.promise;
    await other.start();
    const seen = tally(results.map(({ answer }) => `${answer.status} by ${answer.node}`));
    note(context, `5 logins: ${JSON.stringify(seen)}`);
    expect(seen).toEqual({ "302 by 1": 5 });
    await expectNodesUnharmed();
  });

  it.for([120, -120])("R147 R174 has a clock that is %i seconds off", async (seconds, context) => {
    const clock = wrongClock(seconds);
    if (!clock) return withoutFaketime(context);
    await other.stop();
    await other.start(clock);
    const off = await clockOf(other.port);
    expect(Math.abs(off - seconds)).toBeLessThan(5);
    await expectJourney(0, 1);
    await expectJourney(1, 0);
    const { requests } = await underFault(async () => {});
    await other.stop();
    await other.start();
    expect(Math.abs(await clockOf(steady.port))).toBeLessThan(5);
    note(context, `its clock was ${off.toFixed(0)} s off, ${requests} answers were right`);
  });
});

/** CI must not pass without it; elsewhere the summary says what was not tried. */
function withoutFaketime(context: TestContext): void {
  const message =
    "libfaketime is not installed, so no clock was wrong: apt-get install libfaketime";
  if (process.env.CI) throw new Error(message);
  note(context, message);
  context.skip(message);
}

/** By how many seconds a node's clock differs from ours. */
async function clockOf(port: number): Promise<number> {
  const { headers } = await fetch(`http://127.0.0.1:${port}/healthz`);
  return (Date.parse(headers.get("Date") ?? "") - Date.now()) / 1000;
}
