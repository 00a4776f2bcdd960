import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Chaos } from "../stack/chaos.ts";
import { note } from "./facts.ts";
import { factOf, underFault } from "./fault.ts";
import { newMember, seenBy } from "./people.ts";

/** All that a stretch of network between the app and its database can do; it swallows everything for `blackholeMs`. */
export function itSurvivesFaultsOf(link: Chaos, { blackholeMs }: { blackholeMs: number }): void {
  it("R171 R178 swallows everything for a while", { timeout: 120_000 }, async (context) => {
    const report = await underFault(async () => {
      link.blackhole();
      await setTimeout(blackholeMs);
      link.pass();
    });
    expect(report.unavailable).toBeGreaterThan(0);
    note(context, factOf(report));
  });

  it("R170 resets every connection, again and again", async (context) => {
    const report = await underFault(async () => {
      for (let n = 0; n < 10; n++) {
        link.reset();
        await setTimeout(150);
      }
    });
    note(context, factOf(report));
  });

  it("R170 loses the answer to a COMMIT", async (context) => {
    const report = await underFault(async () => {
      link.cutAfter(/commit\0/i, 10);
      await setTimeout(2_500);
      expect(link.cutCount()).toBe(10);
      link.pass();
    });
    expect(report.unavailable).toBeGreaterThan(0);
    note(context, factOf(report));
  });

  it("R171 forgets the connections there are, without a word", async (context) => {
    const report = await underFault(async () => {
      link.forget();
      await setTimeout(6_000);
    });
    expect(report.unavailable).toBeGreaterThan(0);
    note(context, factOf(report));
  });

  it("R171 is slow", async (context) => {
    const report = await underFault(async () => {
      link.delay(20);
      await setTimeout(2_000);
      link.pass();
    });
    note(context, factOf(report));
  });

  it("after all that lets a new member in, at both nodes", async () => {
    const member = await newMember();
    for (const node of [0, 1])
      expect(await seenBy(member.visitor.twin({ node }), member)).toBe("in");
  });
}
