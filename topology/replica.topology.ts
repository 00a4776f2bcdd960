import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { stack } from "./stack/stack.ts";
import { note } from "./support/facts.ts";
import { expectNodesUnharmed } from "./support/fault.ts";
import { expectInvariants } from "./support/invariants.ts";
import { expectJourney } from "./support/journey.ts";
import { settleMail } from "./support/mail.ts";

const { sql, replicaSql } = stack;

it("L7 a replica that stands still changes nothing, because nobody asks it", async (context) => {
  await caughtUp();
  await replicaSql`select pg_wal_replay_pause()`;
  const before = await usersOn(replicaSql);
  await expectJourney(0, 1);
  await expectJourney(1, 0);
  const behind = (await usersOn(sql)) - (await usersOn(replicaSql));
  expect([await usersOn(replicaSql), behind > 0]).toEqual([before, true]);
  const guests = await replicaSql`select usename from pg_stat_activity where usename = 'app'`;
  expect(guests).toHaveLength(0);
  await replicaSql`select pg_wal_replay_resume()`;
  await caughtUp();
  expect(await usersOn(replicaSql)).toBe(await usersOn(sql));
  await settleMail();
  await expectInvariants();
  await expectNodesUnharmed();
  note(context, `it was ${behind} users behind`);
});

async function usersOn(database: typeof sql): Promise<number> {
  const [row] = await database`select count(*)::int from users`;
  return row?.count;
}

/** The replica has replayed all there is. */
async function caughtUp(): Promise<void> {
  const [primary] = await sql`select pg_current_wal_flush_lsn() as lsn`;
  const isDone = async () => {
    const [row] =
      await replicaSql`select pg_last_wal_replay_lsn() >= ${primary?.lsn}::pg_lsn as done`;
    return row?.done;
  };
  while (!(await isDone())) await setTimeout(50);
}
