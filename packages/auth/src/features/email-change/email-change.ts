import { type Core, type Feature, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import { isTaken } from "../../failures.ts";
import { freshUser, holdWhileLive } from "../../fresh-proof.ts";
import { notify } from "../../notify.ts";
import type { Visitor } from "../../visitor.ts";
import type { AuditActions } from "../audit/actions.ts";
import { audit } from "../audit/audit.ts";
import { outbox } from "../outbox/outbox.ts";
import { type Admission, type RateLimited, rateLimits } from "../rate-limits/rate-limits.ts";
import { type Session, sessions } from "../sessions/sessions.ts";
import type { TokenRow } from "../tokens/store.ts";
import { tokens } from "../tokens/tokens.ts";
import { canonicalEmail } from "../users/email.ts";
import { usersStore } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";

interface SignedIn {
  session: Session;
}

export type RequestEmailChangeResult =
  | { ok: true }
  | { ok: false; reason: "email_invalid" | "email_unchanged" | "step_up_required" }
  | RateLimited;

export type ConfirmEmailChangeResult =
  | { ok: true; email: string }
  | { ok: false; reason: "link_expired" | "email_taken" }
  | RateLimited;

export type CancelEmailChangeResult = { ok: true } | { ok: false; reason: "not_found" };

export type CancelByLinkResult = { ok: true } | { ok: false; reason: "link_expired" } | RateLimited;

const CONFIRM = "confirm-email";
const CANCEL = "cancel-email";

/** Another address for a user: proven by its mailbox before it counts, and told to the address of before. */
export function emailChange() {
  return (core: Core) => {
    const limits = rateLimits(core);

    async function admit(visitor: Visitor, userId: string, email: string): Promise<Admission> {
      const own = await limits.admit("email change by user", userId);
      return own.ok ? limits.admitMailFrom(visitor.network, email) : own;
    }

    /** A pending change and its mails, alike for a free and a taken address but for the mail to that one. */
    async function begin(tx: Database, visitor: Visitor, user: AnyUser, email: string) {
      const owner = await usersStore(core, tx).findByEmail(email);
      const details = { email };
      const { token } = await tokens(core, tx).issue({ purpose: CONFIRM, user, details });
      const { device, ip } = visitor;
      if (owner) {
        await outbox(core, tx).queue("already-registered", owner.email, {
          loginUrl: core.origin + core.paths.login,
          resetUrl: core.origin + core.paths.forgotPassword,
          ...{ device, ip },
        });
      } else {
        const url = `${core.origin}${core.paths.confirmEmail}?token=${token}`;
        await outbox(core, tx).queue("confirm-email", email, { url, device, ip });
      }
      // Whoever reads an address that was never proven may be anybody, and gets no say.
      if (user.emailVerifiedAt) await warn(tx, visitor, user);
      await audit(core, tx).record(visitor, {
        action: "email.change-requested",
        subjectId: user.id,
        details: {},
      });
    }

    async function warn(tx: Database, visitor: Visitor, user: AnyUser): Promise<void> {
      const { token } = await tokens(core, tx).issue({ purpose: CANCEL, user });
      const says = { cancelUrl: `${core.origin}${core.paths.cancelEmail}?token=${token}` };
      await notify(core, tx, visitor, { kind: "email-change-requested", user, says });
    }

    /** The link this browser opened, if it is of the user who is signed in here. */
    async function opened(visitor: Visitor, session: Session): Promise<TokenRow | null> {
      const row = await tokens(core).find(CONFIRM, visitor.linkToken(CONFIRM) ?? "");
      return row?.userId === session.userId ? row : null;
    }

    /** The new token of the session; what else was good at the old address is dead, and both addresses are told. */
    async function finish(
      tx: Database,
      visitor: Visitor,
      session: Session,
      { before, email }: { before: AnyUser; email: string },
    ): Promise<string> {
      const user = await usersStore(core, tx).changeEmail(before.id, email);
      await core.house.credentialChanged(tx, user, { what: "email", keepSessionId: session.id });
      const { device, ip } = visitor;
      if (before.emailVerifiedAt) {
        await notify(core, tx, visitor, { kind: "email-changed", user: before, says: {} });
      }
      await outbox(core, tx).queue("email-change-completed", email, { device, ip });
      await tell(tx, visitor, { before, user });
      return sessions(core, tx).renew(session.id);
    }

    async function tell(
      tx: Database,
      visitor: Visitor,
      { before, user }: { before: AnyUser; user: AnyUser },
    ): Promise<void> {
      const subjectId = user.id;
      const event = { action: "email.changed", subjectId, details: { by: "link" } } as const;
      await audit(core, tx).record(visitor, event);
      await core.hooks.onEmailChange?.(tx as never, user as never);
      if (before.emailVerifiedAt) return;
      const first = {
        action: "email.verified",
        subjectId,
        details: { by: "email change" },
      } as const;
      await audit(core, tx).record(visitor, first);
      await core.hooks.onEmailVerified?.(tx as never, user as never);
    }

    async function drop(
      tx: Database,
      visitor: Visitor,
      userId: string,
      by: AuditActions["email.change-cancelled"]["by"],
    ): Promise<boolean> {
      if (!(await tokens(core, tx).takeByUser(CONFIRM, userId))) return false;
      await tokens(core, tx).takeByUser(CANCEL, userId);
      await audit(core, tx).record(visitor, {
        action: "email.change-cancelled",
        subjectId: userId,
        actorId: by === "settings" ? userId : null,
        details: { by },
      });
      return true;
    }

    return {
      mails: [
        ...(["already-registered", "confirm-email", "email-change-requested"] as const),
        ...(["email-changed", "email-change-completed"] as const),
      ],

      operations: {
        /** The address that waits to be proven, or null. */
        async state(_visitor: Visitor, { session }: SignedIn): Promise<{ pending: string | null }> {
          const row = await tokens(core).findByUser(CONFIRM, session.userId);
          return { pending: row ? String(row.details.email) : null };
        },

        /**
         * Mails a link to the new address and a warning to the old one, which stays the user's until the link is used;
         * answers alike if somebody has the new one. Takes the place of an earlier request. Refuses with
         * `step_up_required`, `email_invalid`, `email_unchanged` or `rate_limited`.
         */
        async request(
          visitor: Visitor,
          { session, email }: SignedIn & { email: string },
        ): Promise<RequestEmailChangeResult> {
          const user = await freshUser(core, visitor, session);
          if (!user) return stepUpFirst;
          const wanted = canonicalEmail(email);
          if (!wanted) return { ok: false, reason: "email_invalid" };
          if (user.email === wanted) return { ok: false, reason: "email_unchanged" };
          const admission = await admit(visitor, user.id, wanted);
          if (!admission.ok) return admission;
          return transition<RequestEmailChangeResult>(core, async (tx) => {
            if (!(await holdWhileLive(core, tx, session))) return stepUpFirst;
            await begin(tx, visitor, user, wanted);
            return { ok: true };
          });
        },

        /** What the page of the link should show: a button and the address, or that it is over. Changes nothing. */
        async confirmState(
          visitor: Visitor,
          { session }: SignedIn,
        ): Promise<{ link: "expired" } | { link: "valid"; email: string }> {
          const row = await opened(visitor, session);
          return row ? { link: "valid", email: String(row.details.email) } : { link: "expired" };
        },

        /**
         * Spends the link, in any browser of the signed-in user: a stranger who got it by a typing error has no use for
         * it. Keeps this session under a new id; all others, all outstanding links and trusted browsers end. Refuses
         * with `link_expired`, `email_taken` when somebody was faster, or `rate_limited`.
         */
        async confirm(visitor: Visitor, { session }: SignedIn): Promise<ConfirmEmailChangeResult> {
          const admission = await limits.admit("link by network", visitor.network);
          if (!admission.ok) return admission;
          const row = await opened(visitor, session);
          if (!row) return expired;
          const email = String(row.details.email);
          const done = await transition(core, async (tx) => {
            // Whoever undoes it at the same time must see it done, or see it coming.
            await usersStore(core, tx).holdForChange(row.userId);
            if (!(await tokens(core, tx).takeRow(row))) return expired;
            const before = (await usersStore(core, tx).findById(row.userId)) as AnyUser;
            const token = await finish(tx, visitor, session, { before, email });
            return { ok: true, token } as const;
          }).catch((error: unknown) => {
            if (isTaken(error)) return taken;
            throw error;
          });
          visitor.dropLinkToken(CONFIRM);
          if (!done.ok) return done;
          visitor.giveSession(done.token, session.persistent);
          return { ok: true, email };
        },

        /** Takes a request back. Refuses with `not_found`. */
        async cancel(visitor: Visitor, { session }: SignedIn): Promise<CancelEmailChangeResult> {
          const done = await transition(core, (tx) =>
            drop(tx, visitor, session.userId, "settings"),
          );
          return done ? { ok: true } : { ok: false, reason: "not_found" };
        },

        /** Whether the link to take a request back, which this browser opened, still works. Changes nothing. */
        async cancelState(visitor: Visitor): Promise<{ link: "valid" | "expired" }> {
          const row = await tokens(core).find(CANCEL, visitor.linkToken(CANCEL) ?? "");
          return { link: row ? "valid" : "expired" };
        },

        /** Takes a request back by the link in the warning, in any browser. Refuses with `link_expired` or `rate_limited`. */
        async cancelByLink(visitor: Visitor): Promise<CancelByLinkResult> {
          const admission = await limits.admit("link by network", visitor.network);
          if (!admission.ok) return admission;
          const row = await tokens(core).find(CANCEL, visitor.linkToken(CANCEL) ?? "");
          const done =
            row !== null && (await transition(core, (tx) => drop(tx, visitor, row.userId, "link")));
          visitor.dropLinkToken(CANCEL);
          return done ? { ok: true } : expired;
        },
      },
    } satisfies Feature;
  };
}

const stepUpFirst = { ok: false, reason: "step_up_required" } as const;
const expired = { ok: false, reason: "link_expired" } as const;
const taken = { ok: false, reason: "email_taken" } as const;
