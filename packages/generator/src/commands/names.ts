import { featureOf, features } from "../features/catalog.ts";
import { Refusal } from "../project/refusal.ts";
import { nearest } from "./nearest.ts";

/** The features of these names. Refuses a name that is none, with the one that was probably meant. */
export function knownFeatures(words: readonly string[]): string[] {
  const ids = features.map(({ id }) => id);
  const unknown = words.find((word) => !featureOf(word));
  if (unknown === undefined) return [...new Set(words)];
  const guess = nearest(unknown, ids);
  throw new Refusal({
    code: "FEATURE_UNKNOWN",
    message: `There is no feature ${unknown}.`,
    cure: `${guess ? `Did you mean ${guess}? ` : ""}There are ${ids.join(", ")}.`,
    exit: 2,
  });
}
