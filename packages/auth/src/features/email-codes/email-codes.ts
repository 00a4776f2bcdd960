import { type Core, type Feature, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import { type KnowsFactor, tryFactor } from "../../factor-tries.ts";
import type { Proof } from "../../proof.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { outbox } from "../outbox/outbox.ts";
import { type RateLimited, rateLimits } from "../rate-limits/rate-limits.ts";
import { tokens } from "../tokens/tokens.ts";
import { canonicalEmail } from "../users/email.ts";
import { NOBODY, usersStore } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";

export interface EmailCodesOptions {
  /** Whether everybody with a proven address and without a factor of their own gets a code by mail at each login. */
  secondFactor?: boolean;
}

export type RequestEmailCodeResult =
  | { ok: true }
  | { ok: false; reason: "email_invalid" }
  | RateLimited;

export type EmailCodeResult =
  | { ok: true; proof: Proof }
  | { ok: false; reason: "code_wrong" }
  | RateLimited;

export type RequestFactorCodeResult =
  | { ok: true }
  | { ok: false; reason: "factor_unavailable" }
  | RateLimited;

const LOGIN = "email-code";
const FACTOR = "email-code-factor";

/** Six digits by mail: a way to log in without a password, and a second factor for who has no better one. */
export function emailCodes({ secondFactor = false }: EmailCodesOptions = {}) {
  return (core: Core) => {
    const limits = rateLimits(core);

    /** Mails a code that works in the browser of this flow alone. Without a user it costs the same. */
    async function send(
      tx: Database,
      visitor: Visitor,
      user: AnyUser | null,
      { purpose, flow }: { purpose: typeof LOGIN | typeof FACTOR; flow: string },
    ): Promise<void> {
      await audit(core, tx).record(visitor, {
        action: "email-code.requested",
        outcome: user ? "success" : "failure",
        subjectId: user?.id ?? null,
        actorId: null,
        details: {},
      });
      if (!user) {
        // In place of a token: as many statements, or the time would tell.
        await tokens(core, tx).deleteOf(NOBODY);
        return outbox(core, tx).queueNothing("email-code");
      }
      const { code } = await tokens(core, tx).issue({ purpose, user, flow });
      await outbox(core, tx).queue("email-code", user.email, { code, device: visitor.device });
    }

    /** The user of this browser's challenge, if a code by mail may end it. */
    async function challengedByMail(visitor: Visitor, userId: string): Promise<AnyUser | null> {
      const challenge = await tokens(core).find("second-factor", visitor.challengeToken ?? "");
      if (challenge?.userId !== userId || challenge.details.method === "email") return null;
      const full = await core.house.secondFactorsOf(core.db, userId);
      const isOffered = secondFactor && full.length === 0;
      return isOffered ? usersStore(core).findById(userId) : null;
    }

    return {
      mails: ["email-code", "second-factor-locked"] as const,

      factorKind: "mail",

      async waysIn(tx: Database, userId: string) {
        return (await usersStore(core, tx).findById(userId))?.emailVerifiedAt ? 1 : 0;
      },

      async isSecondFactorFor(tx: Database, userId: string) {
        if (!secondFactor) return false;
        const user = await usersStore(core, tx).findById(userId);
        return user?.emailVerifiedAt instanceof Date;
      },

      operations: {
        /**
         * Mails a code to log in with, for this browser, if somebody proved to have this address; answers alike if not.
         * Refuses with `email_invalid` or `rate_limited`.
         */
        async request(visitor: Visitor, form: { email: string }): Promise<RequestEmailCodeResult> {
          const email = canonicalEmail(form.email);
          if (!email) return { ok: false, reason: "email_invalid" };
          const admission = await limits.admitMailFrom(visitor.network, email);
          if (!admission.ok) return admission;
          const flow = visitor.beginFlow();
          await transition(core, async (tx) => {
            const user = await usersStore(core, tx).findByEmail(email);
            // Whoever registered somebody else's address has not proven it, and must not get in by the owner's help.
            const owner = user?.emailVerifiedAt ? user : null;
            await send(tx, visitor, owner, { purpose: LOGIN, flow });
          });
          return { ok: true };
        },

        /** Whose code this is, in the browser that asked for it, for `auth.login`. Refuses with `code_wrong` or `rate_limited`. */
        async verify(visitor: Visitor, { code }: { code: string }): Promise<EmailCodeResult> {
          const admission = await limits.admit("link by network", visitor.network);
          if (!admission.ok) return admission;
          const row = await tokens(core).tryCode(LOGIN, visitor.flow ?? "", code);
          if (!row) return { ok: false, reason: "code_wrong" };
          const holds = async (tx: Database) => (await tokens(core, tx).takeRow(row)) !== null;
          return { ok: true, proof: { userId: row.userId, method: "email", holds } };
        },

        /**
         * Mails a code to whoever is challenged in this browser. Refuses with `rate_limited`, or with
         * `factor_unavailable` where mail was the first factor, or the user has a better second one.
         */
        async requestFactor(
          visitor: Visitor,
          { userId }: { userId: string },
        ): Promise<RequestFactorCodeResult> {
          const flow = visitor.challengeToken ?? "";
          const user = await challengedByMail(visitor, userId);
          if (!user) return { ok: false, reason: "factor_unavailable" };
          const again = await limits.admit("resend by flow", flow);
          if (!again.ok) return again;
          const mayMail = await limits.admitMailFrom(visitor.network, user.email);
          if (!mayMail.ok) return mayMail;
          await transition(core, (tx) => send(tx, visitor, user, { purpose: FACTOR, flow }));
          return { ok: true };
        },

        /** Whose code this is, for `auth.finishLogin`, which spends it. Refuses with `code_wrong` or `rate_limited`. */
        verifyFactor(
          visitor: Visitor,
          { userId, code }: { userId: string; code: string },
        ): Promise<KnowsFactor> {
          const flow = visitor.challengeToken ?? "";
          return tryFactor(core, visitor, { userId, method: "email" }, async (tx) => {
            const row = await tokens(core, tx).tryCode(FACTOR, flow, code);
            if (row?.userId !== userId) return null;
            return async (door) => (await tokens(core, door).takeRow(row)) !== null;
          });
        },
      },
    } satisfies Feature;
  };
}
