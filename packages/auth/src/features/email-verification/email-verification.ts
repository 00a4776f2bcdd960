import { type Core, type Feature, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import type { Proof } from "../../proof.ts";
import type { Visitor } from "../../visitor.ts";
import type { AuditActions } from "../audit/actions.ts";
import { audit } from "../audit/audit.ts";
import { outbox } from "../outbox/outbox.ts";
import { type KnowsPassword, type PasswordRules, passwordKeeper } from "../passwords/keeper.ts";
import { type RateLimited, rateLimits } from "../rate-limits/rate-limits.ts";
import type { TokenRow } from "../tokens/store.ts";
import { tokens } from "../tokens/tokens.ts";
import { usersStore } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";

export interface EmailVerificationOptions {
  /** The same rules as for `passwords`: another browser than the one that registered is asked for the password. */
  passwords: PasswordRules;
}

export type LinkState =
  | { link: "none" | "expired" | "this-browser" }
  | { link: "other-browser"; email: string };

export type ConfirmResult =
  | { ok: true; proof: Proof }
  | { ok: false; reason: "link_expired" | "password_required" | "code_wrong" }
  | Exclude<KnowsPassword, { ok: true }>;

const PURPOSE = "verify-email";

/** Proves that a user reads the mail sent to their address, by a link or by a code. */
export function emailVerification(options: EmailVerificationOptions) {
  return (core: Core) => {
    const keeper = passwordKeeper(core, options.passwords);
    const limits = rateLimits(core);

    async function opened(visitor: Visitor): Promise<TokenRow | null> {
      const token = visitor.linkToken(PURPOSE);
      return token ? tokens(core).find(PURPOSE, token) : null;
    }

    /** Mails a link and a code; the code works in the browser of this flow alone. */
    async function send(
      tx: Database,
      visitor: Visitor,
      user: AnyUser,
      flow: string,
    ): Promise<void> {
      // A link that was opened before is dead now, and must not stand in the new one's way.
      visitor.dropLinkToken(PURPOSE);
      const { token, code } = await tokens(core, tx).issue({ purpose: PURPOSE, user, flow });
      await outbox(core, tx).queue("verify-email", user.email, {
        url: `${core.origin}${core.paths.verifyEmail}?token=${token}`,
        code,
        device: visitor.device,
      });
      await audit(core, tx).record(visitor, {
        action: "email.verification-requested",
        subjectId: user.id,
        details: {},
      });
    }

    /** Takes the token and marks the address as proven, once; the loser of a race is told that the link is spent. */
    async function verify(
      visitor: Visitor,
      row: TokenRow,
      by: AuditActions["email.verified"]["by"],
    ): Promise<ConfirmResult> {
      const verified = await transition(core, async (tx) => {
        if (!(await tokens(core, tx).takeRow(row))) return false;
        const users = usersStore(core, tx);
        await users.verifyEmail(row.userId, row.address, core.now);
        await audit(core, tx).record(visitor, {
          action: "email.verified",
          subjectId: row.userId,
          details: { by },
        });
        await core.hooks.onEmailVerified?.(
          tx as never,
          (await users.findById(row.userId)) as never,
        );
        return true;
      });
      visitor.dropLinkToken(PURPOSE);
      if (!verified) return { ok: false, reason: "link_expired" };
      return { ok: true, proof: { userId: row.userId, method: "email" } };
    }

    return {
      mails: ["verify-email"] as const,

      proveMailbox: (tx: Database, visitor: Visitor, user: AnyUser) =>
        send(tx, visitor, user, visitor.beginFlow()),

      operations: {
        /** What the page should show for the link this browser opened. Changes nothing. */
        async state(visitor: Visitor): Promise<LinkState> {
          if (!visitor.linkToken(PURPOSE)) return { link: "none" };
          const row = await opened(visitor);
          if (!row) return { link: "expired" };
          if (tokens(core).isFrom(row, visitor.flow)) return { link: "this-browser" };
          return { link: "other-browser", email: row.address };
        },

        /**
         * Spends the link in the browser that registered. Refuses with `link_expired`, or with `password_required` in
         * any other browser: there the owner's click alone must not make good the password of whoever registered.
         */
        async confirm(visitor: Visitor): Promise<ConfirmResult> {
          const row = await opened(visitor);
          if (!row) return { ok: false, reason: "link_expired" };
          if (!tokens(core).isFrom(row, visitor.flow))
            return { ok: false, reason: "password_required" };
          return verify(visitor, row, "link");
        },

        /** Spends the link in any browser, given the password. Refuses with `link_expired`, `wrong_credentials` or `rate_limited`. */
        async confirmWithPassword(
          visitor: Visitor,
          { password }: { password: string },
        ): Promise<ConfirmResult> {
          const row = await opened(visitor);
          const user = row && (await usersStore(core).findById(row.userId));
          if (!row || !user) return { ok: false, reason: "link_expired" };
          const known = await keeper.knows(visitor, user, user.email, password);
          if (!known.ok) return known;
          const verified = await verify(visitor, row, "link and password");
          // The password is worth more than the link: it says whether it still holds.
          return verified.ok ? known : verified;
        },

        /** Takes the six-digit code in the browser that asked for it. Refuses with `code_wrong` or `rate_limited`. */
        async confirmWithCode(
          visitor: Visitor,
          { code }: { code: string },
        ): Promise<ConfirmResult> {
          const admission = await limits.admit("link by network", visitor.network);
          if (!admission.ok) return admission;
          const flow = visitor.flow ?? "";
          const asked = await tokens(core).findByFlow(PURPOSE, flow);
          if (!asked) return { ok: false, reason: "code_wrong" };
          const tries = await limits.admit("code by address", asked.address);
          if (!tries.ok) return tries;
          const row = await tokens(core).tryCode(PURPOSE, flow, code);
          return row ? verify(visitor, row, "code") : { ok: false, reason: "code_wrong" };
        },

        /**
         * Sends a new mail to whoever registered in this browser or is logged in here, if their address is still
         * unproven; answers alike when there is nobody to send to. Refuses with `rate_limited`.
         */
        async resend(visitor: Visitor): Promise<{ ok: true } | RateLimited> {
          const byFlow = await limits.admit("resend by flow", visitor.flow ?? visitor.network);
          if (!byFlow.ok) return byFlow;
          const byNetwork = await limits.admit("mail by network", visitor.network);
          if (!byNetwork.ok) return byNetwork;
          // In every case, or the cookie of the answer would tell whether a mail was sent.
          visitor.dropLinkToken(PURPOSE);
          const user = await unprovenUser(visitor);
          if (!user || !(await limits.admitMail(user.email)).ok) return { ok: true };
          const flow = visitor.flow ?? visitor.beginFlow();
          await transition(core, (tx) => send(tx, visitor, user, flow));
          return { ok: true };
        },
      },
    } satisfies Feature;

    async function unprovenUser(visitor: Visitor): Promise<AnyUser | null> {
      const row = visitor.flow ? await tokens(core).findByFlow(PURPOSE, visitor.flow) : null;
      const user = row
        ? await usersStore(core).findById(row.userId)
        : ((await core.findSession(visitor.sessionToken))?.user ?? null);
      return user?.emailVerifiedAt === null ? user : null;
    }
  };
}
