import { type Core, type Feature, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import { safeReturnTo } from "../../http/return-to.ts";
import type { Proof } from "../../proof.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { outbox } from "../outbox/outbox.ts";
import { type RateLimited, rateLimits } from "../rate-limits/rate-limits.ts";
import type { TokenRow } from "../tokens/store.ts";
import { tokens } from "../tokens/tokens.ts";
import { canonicalEmail } from "../users/email.ts";
import { NOBODY, usersStore } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";

export type RequestMagicLinkResult =
  | { ok: true }
  | { ok: false; reason: "email_invalid" }
  | RateLimited;

export type MagicLinkState =
  | { link: "none" | "expired" | "this-browser" }
  | { link: "other-browser"; email: string; device: string; askedAt: Date };

export type MagicLinkResult =
  | { ok: true; proof: Proof; returnTo: string | null }
  | { ok: false; reason: "link_expired" }
  | RateLimited;

interface LinkRequest {
  email: string;
  /** Where the visitor was going. Known again only in this browser: who asks for a link must not lead others anywhere. */
  returnTo?: string;
}

const PURPOSE = "magic-link";

/** A link by mail that logs in, without a password. */
export function magicLinks() {
  return (core: Core) => {
    const limits = rateLimits(core);

    /** Mails the link. Without a user it costs the same. */
    async function send(
      tx: Database,
      visitor: Visitor,
      user: AnyUser | null,
      began: { flow: string; returnTo: string | null },
    ): Promise<void> {
      await audit(core, tx).record(visitor, {
        action: "magic-link.requested",
        outcome: user ? "success" : "failure",
        subjectId: user?.id ?? null,
        actorId: null,
        details: {},
      });
      if (!user) {
        // In place of a token: as many statements, or the time would tell.
        await tokens(core, tx).deleteOf(NOBODY);
        return outbox(core, tx).queueNothing("magic-link");
      }
      const { device, ip } = visitor;
      const { flow, returnTo } = began;
      const details = { device, returnTo };
      const { token } = await tokens(core, tx).issue({ purpose: PURPOSE, user, flow, details });
      const url = `${core.origin}${core.paths.magicLink}?token=${token}`;
      await outbox(core, tx).queue("magic-link", user.email, { url, device, ip });
    }

    async function opened(visitor: Visitor): Promise<TokenRow | null> {
      const token = visitor.linkToken(PURPOSE);
      return token ? tokens(core).find(PURPOSE, token) : null;
    }

    async function prove(visitor: Visitor, row: TokenRow): Promise<MagicLinkResult> {
      const user = await usersStore(core).findById(row.userId);
      // Only when the login has committed: if it fails, pressing the button again shall work.
      const done = () => visitor.dropLinkToken(PURPOSE);
      const proof: Proof = { userId: row.userId, method: "email", done };
      const isHere = tokens(core).isFrom(row, visitor.flow);
      const returnTo = isHere ? (row.details.returnTo as string | null) : null;
      if (user?.emailVerifiedAt === null && !user.disabledAt) {
        return (await proveMailbox(visitor, row)) ? { ok: true, proof, returnTo } : expired;
      }
      const holds = async (tx: Database) => (await tokens(core, tx).takeRow(row)) !== null;
      return { ok: true, proof: { ...proof, holds }, returnTo };
    }

    /** The first proof of the mailbox spends the link, and whatever a squatter set before is worth nothing after it. */
    function proveMailbox(visitor: Visitor, row: TokenRow): Promise<boolean> {
      return transition(core, async (tx) => {
        if (!(await tokens(core, tx).takeRow(row))) return false;
        const users = usersStore(core, tx);
        await users.verifyEmail(row.userId, row.address, core.now);
        const user = (await users.findById(row.userId)) as AnyUser;
        await core.house.credentialChanged(tx, user, { what: "email", firstProof: true });
        await audit(core, tx).record(visitor, {
          action: "email.verified",
          subjectId: user.id,
          details: { by: "magic link" },
        });
        await core.hooks.onEmailVerified?.(tx as never, user as never);
        return true;
      });
    }

    return {
      mails: ["magic-link"] as const,

      operations: {
        /** Mails a link to log in with if the address is known, and answers alike if not. Refuses with `email_invalid` or `rate_limited`. */
        async request(visitor: Visitor, form: LinkRequest): Promise<RequestMagicLinkResult> {
          const email = canonicalEmail(form.email);
          if (!email) return { ok: false, reason: "email_invalid" };
          const admission = await limits.admitMailFrom(visitor.network, email);
          if (!admission.ok) return admission;
          // A link that was opened before is dead now, and must not stand in the new one's way.
          visitor.dropLinkToken(PURPOSE);
          const began = { flow: visitor.beginFlow(), returnTo: safeReturnTo(form.returnTo) };
          await transition(core, async (tx) => {
            const user = await usersStore(core, tx).findByEmail(email);
            await send(tx, visitor, user, began);
          });
          return { ok: true };
        },

        /**
         * What the page should show for the link this browser opened: a button, and in another browser than the one
         * that asked also who would be logged in, and which device asked and when. Changes nothing.
         */
        async state(visitor: Visitor): Promise<MagicLinkState> {
          if (!visitor.linkToken(PURPOSE)) return { link: "none" };
          const row = await opened(visitor);
          if (!row) return { link: "expired" };
          if (tokens(core).isFrom(row, visitor.flow)) return { link: "this-browser" };
          const { address: email, createdAt: askedAt } = row;
          return { link: "other-browser", email, device: String(row.details.device), askedAt };
        },

        /**
         * Whose link this is, for `auth.login`, which spends it, and in the browser that asked where it was going; on an
         * account whose address was never proven it is spent here, and proves it. Refuses with `link_expired` or `rate_limited`.
         */
        async confirm(visitor: Visitor): Promise<MagicLinkResult> {
          const admission = await limits.admit("link by network", visitor.network);
          if (!admission.ok) return admission;
          const row = await opened(visitor);
          if (!row) visitor.dropLinkToken(PURPOSE);
          return row ? prove(visitor, row) : expired;
        },
      },
    } satisfies Feature;
  };
}

const expired = { ok: false, reason: "link_expired" } as const;
