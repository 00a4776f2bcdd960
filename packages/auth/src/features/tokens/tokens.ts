import { hash } from "node:crypto";
import type { Core } from "../../core.ts";
import { codeMatches, generateCode, hashCode } from "../../crypto/code.ts";
import { sameText } from "../../crypto/same.ts";
import { generateToken, hashToken } from "../../crypto/token.ts";
import { after, type Database } from "../../database.ts";
import type { AnyUser } from "../users/table.ts";
import { PURPOSES, type TokenPurpose } from "./purposes.ts";
import { type TokenRow, tokensStore } from "./store.ts";

/** A six-digit code is guessed with chance 1 in 200,000 before it burns (OWASP ASVS 6.5.5 and 6.6.3). */
const CODE_TRIES = 5;

export interface TokenRequest {
  purpose: TokenPurpose;
  user: AnyUser;
  /** The browser that asks: only it may use the code, and what it began it may end without a password. */
  flow?: string;
  details?: Record<string, unknown>;
}

/** The one mechanism for one-time secrets. */
export function tokens(core: Core, db: Database = core.db) {
  const store = tokensStore(db, core.tokens, core.users, core.now);
  const keys = core.keys.for("token");
  const codeKeys = core.keys.for("code");

  return {
    /** A new token, and a code for the same browser. Kills the user's older token of this purpose. */
    async issue({ purpose, user, flow, details = {} }: TokenRequest) {
      const token = generateToken(keys, purpose);
      const tokenHash = hashToken(keys, purpose, token) as string;
      const code = generateCode();
      await store.put({
        tokenHash,
        purpose,
        details,
        userId: user.id,
        address: user.email,
        flowHash: flow ? hashFlow(flow) : null,
        codeHash: flow ? hashCode(codeKeys, code, tokenHash) : null,
        createdAt: core.now,
        expiresAt: after(core.now, PURPOSES[purpose]),
      });
      return { token, code };
    },

    /** Looks without touching. Null when the token is unknown, spent, too old or of another purpose. */
    async find(purpose: TokenPurpose, token: string): Promise<TokenRow | null> {
      const hash = hashToken(keys, purpose, token);
      return hash ? store.find(purpose, hash) : null;
    },

    findByFlow(purpose: TokenPurpose, flow: string): Promise<TokenRow | null> {
      return store.findByFlow(purpose, hashFlow(flow));
    },

    /** Works once. Null when the token is unknown, spent, too old or of another purpose. */
    async take(purpose: TokenPurpose, token: string): Promise<TokenRow | null> {
      const hash = hashToken(keys, purpose, token);
      return hash ? store.take(purpose, hash) : null;
    },

    /** Whether the code is right, which spends one of five tries; the token itself is not taken yet. */
    async tryCode(purpose: TokenPurpose, flow: string, code: string): Promise<TokenRow | null> {
      const row = await store.spendTry(purpose, hashFlow(flow), CODE_TRIES);
      if (!row?.codeHash) return null;
      return codeMatches(codeKeys, code, row.tokenHash, row.codeHash) ? row : null;
    },

    /** Takes a row that was found before. Null when somebody else was faster. */
    takeRow(row: TokenRow): Promise<TokenRow | null> {
      return store.take(row.purpose as TokenPurpose, row.tokenHash);
    },

    isFrom(row: TokenRow, flow: string | null): boolean {
      return flow !== null && sameText(row.flowHash ?? "", hashFlow(flow));
    },

    /** The live token of this user, of which there is one. Looks without touching. */
    findByUser: store.findByUser,
    /** Takes it; false when there was none. */
    takeByUser: store.takeByUser,

    /** All tokens of a user but those of "this wasn't me", which are for undoing just such a change. */
    deleteOf: store.deleteOf,
    /** A "this wasn't me" undoes what came after it; an earlier one outranks it and stays. */
    deleteDisownsSince: store.deleteDisownsSince,
    deleteExpired: store.deleteExpired,
  };
}

function hashFlow(flow: string): string {
  return hash("sha256", flow, "base64url");
}
