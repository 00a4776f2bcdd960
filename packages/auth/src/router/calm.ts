import { data } from "react-router";
import { seconds } from "../duration.ts";
import { isUnavailable, TooBusy, withDeadline, withoutValues } from "../failures.ts";
import type { Visit } from "./visit.ts";

/** A request that needs the database ends within this, whatever the database does. */
const DEADLINE = seconds(5);

/** Runs work that may find the database away or the house too busy: then the answer is 503 and nothing else. */
export async function calmly<Result>(visit: Visit, work: () => Promise<Result>): Promise<Result> {
  try {
    return await withDeadline(work(), DEADLINE);
  } catch (error) {
    if (error instanceof TooBusy) {
      visit.refusal = { reason: "busy", retryAfterSeconds: error.retryAfterSeconds };
    } else if (isUnavailable(error)) {
      visit.refusal = { reason: "unavailable" };
    } else {
      throw withoutValues(error);
    }
    throw data({ reason: visit.refusal.reason }, { status: 503 });
  }
}
