import { type Core, type Feature, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { outbox } from "../outbox/outbox.ts";
import { type PasswordRules, type PreparedPassword, passwordKeeper } from "../passwords/keeper.ts";
import { type RateLimited, rateLimits } from "../rate-limits/rate-limits.ts";
import { tokens } from "../tokens/tokens.ts";
import { canonicalEmail } from "../users/email.ts";
import { NOBODY, usersStore } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";

export interface PasswordResetOptions {
  /** The same rules as for `passwords`. */
  passwords: PasswordRules;
}

export type RequestResetResult =
  | { ok: true }
  | { ok: false; reason: "email_invalid" }
  | RateLimited;

export type ResetResult =
  | { ok: true }
  | { ok: false; reason: "link_expired" | "password_unchanged" }
  | Exclude<PreparedPassword, { ok: true }>
  | RateLimited;

const PURPOSE = "reset-password";

/** A way back in for whoever forgot the password and reads the mail. */
export function passwordReset(options: PasswordResetOptions) {
  return (core: Core) => {
    const keeper = passwordKeeper(core, options.passwords);
    const limits = rateLimits(core);

    async function mailLink(tx: Database, visitor: Visitor, user: AnyUser): Promise<void> {
      const { device, ip } = visitor;
      const { token } = await tokens(core, tx).issue({ purpose: PURPOSE, user });
      const url = `${core.origin}${core.paths.resetPassword}?token=${token}`;
      await outbox(core, tx).queue("reset-password", user.email, { url, device, ip });
    }

    async function tellVerified(tx: Database, visitor: Visitor, user: AnyUser): Promise<void> {
      await audit(core, tx).record(visitor, {
        action: "email.verified",
        subjectId: user.id,
        details: { by: "password reset" },
      });
      await core.hooks.onEmailVerified?.(tx as never, user as never);
    }

    return {
      mails: ["reset-password", "password-changed"] as const,

      async startReset(tx: Database, visitor: Visitor, user: AnyUser) {
        await keeper.forget(tx, user.id);
        await mailLink(tx, visitor, user);
      },

      operations: {
        /** Mails a link if the address is known, and answers alike if not. Refuses with `email_invalid` or `rate_limited`. */
        async request(visitor: Visitor, form: { email: string }): Promise<RequestResetResult> {
          const email = canonicalEmail(form.email);
          if (!email) return { ok: false, reason: "email_invalid" };
          const admission = await limits.admitMailFrom(visitor.network, email);
          if (!admission.ok) return admission;
          await transition(core, async (tx) => {
            const user = await usersStore(core, tx).findByEmail(email);
            await audit(core, tx).record(visitor, {
              action: "password.reset-requested",
              outcome: user ? "success" : "failure",
              subjectId: user?.id ?? null,
              actorId: null,
              details: {},
            });
            if (!user) {
              // In place of a token: as many statements, or the time would tell.
              await tokens(core, tx).deleteOf(NOBODY);
              return outbox(core, tx).queueNothing("reset-password");
            }
            await mailLink(tx, visitor, user);
          });
          return { ok: true };
        },

        /** Whether the link this browser opened still works. Changes nothing. */
        async state(visitor: Visitor): Promise<{ link: "valid" | "expired" }> {
          const token = visitor.linkToken(PURPOSE);
          return { link: token && (await tokens(core).find(PURPOSE, token)) ? "valid" : "expired" };
        },

        /**
         * Spends the link, sets the password, ends every session and every outstanding token. Does not log in.
         * Refuses with `link_expired`, the reasons of the password policy, `password_unchanged` where a login asked for
         * another one, or `rate_limited`.
         */
        async reset(visitor: Visitor, { password }: { password: string }): Promise<ResetResult> {
          const admission = await limits.admit("link by network", visitor.network);
          if (!admission.ok) return admission;
          const token = visitor.linkToken(PURPOSE) ?? "";
          const row = await tokens(core).find(PURPOSE, token);
          if (!row) return { ok: false, reason: "link_expired" };
          const isDue = row.details.by === "login";
          if (isDue && (await keeper.isSame(row.userId, password))) {
            return { ok: false, reason: "password_unchanged" };
          }
          const prepared = await keeper.prepare(password, row.address);
          if (!prepared.ok) return prepared;
          const done = await transition(core, async (tx) => {
            const users = usersStore(core, tx);
            await users.holdForChange(row.userId);
            const user =
              (await tokens(core, tx).takeRow(row)) && (await users.findById(row.userId));
            if (!user) return false;
            // A link came by mail, so the mailbox is proven; on an unverified account that is the first proof.
            const firstProof = !isDue && (await users.verifyEmail(user.id, user.email, core.now));
            if (firstProof) await tellVerified(tx, visitor, user);
            await keeper.replace(tx, visitor, user, { hash: prepared.hash, firstProof });
            await audit(core, tx).record(visitor, {
              action: "password.reset",
              subjectId: user.id,
              details: {},
            });
            return true;
          });
          visitor.dropLinkToken(PURPOSE);
          if (!done) return { ok: false, reason: "link_expired" };
          await keeper.forgiveTries(row.address);
          return { ok: true };
        },
      },
    } satisfies Feature;
  };
}
