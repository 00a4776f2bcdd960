import { expect } from "vitest";
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
  };
}
