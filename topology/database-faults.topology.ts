import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { stack } from "./stack/stack.ts";
import { note } from "./support/facts.ts";
import { factOf, underFault } from "./support/fault.ts";
import { newMember, seenBy } from "./support/people.ts";

describe("the database", () => {
  it("R169 R170 is killed and comes back", async (context) => {
    const report = await underFault(async () => {
      await stack.primary.kill();
      await setTimeout(3_000);
      await stack.primary.start();
    });
    expect(report.unavailable).toBeGreaterThan(0);
    note(context, factOf(report));
  });

  it("R169 is away while a node starts: the node lives, is not ready, and is when the database is back", async (context) => {
    const [, node] = stack.nodes;
    const report = await underFault(
      async () => {
        await stack.primary.kill();
        await node.stop();
        await node.start();
        expect([await node.status("/healthz"), await node.status("/readyz")]).toEqual([200, 503]);
        await stack.primary.start();
      },
      { mayLoseNode: true },
    );
    expect(await node.status("/readyz")).toBe(200);
    note(context, factOf(report));
  });

  it("R60 R170 ends connections again and again", async (context) => {
    const report = await underFault(async () => {
      const ends = Date.now() + 3_000;
      while (Date.now() < ends) {
        await stack.sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`;
        await setTimeout(20);
      }
    });
    note(context, factOf(report));
  });

  it("R170 R182 is busy with something that locks the tables", async (context) => {
    const report = await underFault(
      () =>
        stack.sql.begin(async (tx) => {
          await tx`lock table sessions, rate_limits, tokens in access exclusive mode`;
          await setTimeout(6_000);
        }) as Promise<never>,
    );
    expect(report.unavailable).toBeGreaterThan(0);
    note(context, factOf(report));
  });
});

it("after all that a new member comes in, at both nodes", async () => {
  const member = await newMember();
  for (const node of [0, 1]) expect(await seenBy(member.visitor.twin({ node }), member)).toBe("in");
});
