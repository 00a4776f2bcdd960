import type { Feature, Joint } from "./feature.ts";
import { login } from "./login.ts";
import { magicLinks } from "./magic-links.ts";
import { mfa } from "./mfa.ts";
import { passkeys } from "./passkeys.ts";

/** Every feature there is, each after those it requires. */
export const features: readonly Feature[] = [login, magicLinks, mfa, passkeys];

/** What only two features together need. */
export const joints: readonly Joint[] = [];

export function featureOf(id: string): Feature | undefined {
  return features.find((feature) => feature.id === id);
}

/** The features asked for and all they require, in the order of the catalog. */
export function withRequired(ids: readonly string[]): string[] {
  const wanted = new Set<string>();
  const want = (id: string) => {
    wanted.add(id);
    for (const required of featureOf(id)?.requires ?? []) want(required);
  };
  for (const id of ids) want(id);
  return features.map(({ id }) => id).filter((id) => wanted.has(id));
}

/** The features that would miss one of these. */
export function dependantsOf(ids: readonly string[], among: readonly string[]): string[] {
  return among.filter(
    (id) => !ids.includes(id) && featureOf(id)?.requires.some((required) => ids.includes(required)),
  );
}
