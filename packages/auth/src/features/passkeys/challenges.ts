import { hash } from "node:crypto";
import type { Core } from "../../core.ts";
import { generateToken, hashToken } from "../../crypto/token.ts";
import type { Database } from "../../database.ts";
import { minutes } from "../../duration.ts";
import type { Visitor } from "../../visitor.ts";
import { challengesStore } from "./store.ts";
import type { WebauthnChallengesTable } from "./table.ts";

/** WebAuthn Level 3 section 15.1 recommends five to ten minutes for a ceremony that asks for user verification. */
export const CEREMONY = minutes(5);

/** What an authenticator is asked for; an answer to one question is none to another. */
export interface Question {
  kind: "register" | "login" | "second-factor" | "step-up" | "sign-up";
  /** Whom it is put to, where that is known. */
  userId?: string;
}

/** Challenges of WebAuthn: 256 random bits for one browser, one question and one answer. */
export function webauthnChallenges(
  core: Core,
  table: WebauthnChallengesTable,
  db: Database = core.db,
) {
  const keys = core.keys.for("token");
  const store = challengesStore(db, table, core.now);
  const hashFor = (kind: Question["kind"], challenge: string) =>
    hashToken(keys, `webauthn ${kind}`, challenge);

  return {
    async ask(
      visitor: Visitor,
      { kind, userId }: Question,
      details: Record<string, unknown> = {},
    ): Promise<string> {
      const challenge = generateToken(keys, `webauthn ${kind}`);
      const row = {
        challengeHash: hashFor(kind, challenge) as string,
        flowHash: hashFlow(visitor.flow ?? visitor.beginFlow()),
        ...{ kind, userId: userId ?? null, details },
      };
      await store.put(row, CEREMONY);
      return challenge;
    },

    /** What was kept with the question, once. Null when nobody asked, another browser was asked, or it is too late. */
    async take(
      visitor: Visitor,
      { kind, userId }: Question,
      challenge: string,
    ): Promise<Record<string, unknown> | null> {
      const challengeHash = hashFor(kind, challenge);
      if (!challengeHash || !visitor.flow) return null;
      const key = { kind, challengeHash, flowHash: hashFlow(visitor.flow) };
      return (await store.take({ ...key, userId: userId ?? null }))?.details ?? null;
    },

    deleteOf: store.deleteOf,
    deleteExpired: store.deleteExpired,
  };
}

function hashFlow(flow: string): string {
  return hash("sha256", flow, "base64url");
}
