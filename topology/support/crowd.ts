import { expect } from "vitest";
import { stack } from "../stack/stack.ts";
import { race, tally } from "./race.ts";
import type { Visitor } from "./visitor.ts";

export const CROWD = 50;
export const ROUNDS = 20;

/**
 * A crowd of twins, each in a network of its own, posts the same form at once to both nodes: how often each status
 * came, who of them came in, and who got what the form is for. Not those who came back after a 503 with a session
 * that is over by now: they are sent to the login.
 */
export async function crowdPosts<Form extends Record<string, string>>(
  origin: Visitor,
  path: string,
  fields: () => Form,
) {
  const results = await race(CROWD, async (_, held) => {
    const twin = origin.twin();
    const form = fields();
    const answer = await twin.post(path, form, held);
    return { twin, form, answer };
  });
  expect(new Set(results.map(({ answer }) => answer.node))).toEqual(new Set(["0", "1"]));
  const winners = results.filter(
    ({ answer }) => answer.status === 302 && answer.location !== "/login",
  );
  return {
    outcomes: tally(results.map(({ answer }) => String(answer.status))),
    signedIn: results.filter(({ twin }) => twin.isSignedIn()).length,
    winners,
    /** Somebody won at the deadline, was told to come back, and heard that they are late. */
    isUnheard: winners.length === 0 && results.some(({ cameBack }) => cameBack),
  };
}

/** What must happen once, as the audit trail calls it. */
type SingleAct =
  | "email.verified"
  | "password.reset"
  | "password.changed"
  | "email.changed"
  | "email.change-cancelled"
  | "account.disowned"
  | "account.deletion-scheduled"
  | "account.deletion-cancelled";

type Crowd = Pick<Awaited<ReturnType<typeof crowdPosts>>, "winners" | "isUnheard">;

/**
 * Holds each round to one winner: in the audit trail always, and among the answers unless the winner's came too late,
 * which on a starved machine happens now and then.
 */
export function oneWinnerEach(action: SingleAct) {
  let rounds = 0;
  let unheard = 0;
  return {
    /** Says whether the winner heard of it. */
    async expectIn({ winners, isUnheard }: Crowd, email: string, before = 0): Promise<boolean> {
      rounds += 1;
      expect((await timesDone(action, email)) - before).toBe(1);
      if (isUnheard) unheard += 1;
      else expect(winners).toHaveLength(1);
      expect(unheard).toBeLessThanOrEqual(ROUNDS / 4);
      return !isUnheard;
    },
    /** In the audit trail only, where winning and losing look alike or no answer matters. */
    async expectDone(email: string): Promise<void> {
      rounds += 1;
      expect(await timesDone(action, email)).toBe(1);
    },
    fact: () => `1 winner of ${CROWD} in ${rounds} rounds, ${unheard} told too late`,
  };
}

/** How often this was done for somebody. */
async function timesDone(action: string, email: string): Promise<number> {
  const [row] = await stack.sql`select count(*)::int from audit_events e
    join users u on u.id = e.subject_id where u.email = ${email} and e.action = ${action}`;
  return row?.count;
}
