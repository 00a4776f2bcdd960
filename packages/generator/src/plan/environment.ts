import { randomBytes } from "node:crypto";
import type { EnvEntry } from "../features/feature.ts";

interface Line {
  key: string;
  value: string;
  comment?: string;
  commented?: boolean;
}

/** What `.env` needs for development. Each app gets secrets of its own. */
export function secretsOf(entries: readonly EnvEntry[]): Line[] {
  return entries.flatMap(({ key, value }) => {
    if (value === null) return [];
    const text =
      typeof value === "string" ? value : randomBytes(value.secret).toString("base64url");
    return [{ key, value: text }];
  });
}

/** What whoever sets the app up elsewhere has to know; what may be left out is commented out. */
export function exampleOf(entries: readonly EnvEntry[]): Line[] {
  return entries.map(({ key, comment, value, example }) => ({
    key,
    value: example,
    comment,
    commented: value === null,
  }));
}
