import { type Core, type Feature, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import { isTaken } from "../../failures.ts";
import { notify } from "../../notify.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { outbox } from "../outbox/outbox.ts";
import { type RateLimited, rateLimits } from "../rate-limits/rate-limits.ts";
import type { TokenRow } from "../tokens/store.ts";
import { tokens } from "../tokens/tokens.ts";
import { NOBODY, usersStore } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";
import { isFamiliar } from "./familiar.ts";

export type DisownResult = { ok: true } | { ok: false; reason: "link_expired" } | RateLimited;

const PURPOSE = "disown";

/** How many of a user's last logins a new one is compared with. */
const REMEMBERED_LOGINS = 50;

/** A "this wasn't me" in every notice, and notices of logins from elsewhere and of accounts that are guessed at. */
export function notices() {
  return (core: Core) => {
    const limits = rateLimits(core);

    /** The owner of the link, back at the address it was sent to. */
    async function ownerOf(tx: Database, visitor: Visitor, row: TokenRow): Promise<AnyUser> {
      const users = usersStore(core, tx);
      const user = (await users.findById(row.userId)) as AnyUser;
      if (user.email === row.address) return user;
      const restored = await users.changeEmail(user.id, row.address);
      await audit(core, tx).record(visitor, {
        action: "email.changed",
        subjectId: user.id,
        actorId: null,
        details: { by: "disowning" },
      });
      await core.hooks.onEmailChange?.(tx as never, restored as never);
      return restored;
    }

    async function undo(tx: Database, visitor: Visitor, row: TokenRow): Promise<boolean> {
      // Whatever changes the address at the same time must be done, or not begin.
      await usersStore(core, tx).holdForChange(row.userId);
      if (!(await tokens(core, tx).takeRow(row))) return false;
      const owner = await ownerOf(tx, visitor, row);
      await tokens(core, tx).deleteDisownsSince(row);
      await core.house.credentialChanged(tx, owner, { what: "disowned" });
      await audit(core, tx).record(visitor, {
        action: "account.disowned",
        subjectId: owner.id,
        actorId: null,
        details: {},
      });
      await core.house.startReset(tx, visitor, owner);
      return true;
    }

    return {
      mails: ["new-device-login", "login-locked"] as const,

      async disownUrl(tx: Database, user: AnyUser): Promise<string> {
        // An address that was never proven may be anybody's, and is given back to nobody.
        const details = { isProven: user.emailVerifiedAt !== null };
        const { token } = await tokens(core, tx).issue({ purpose: PURPOSE, user, details });
        return `${core.origin}${core.paths.disown}?token=${token}`;
      },

      async noticeLogin(tx: Database, visitor: Visitor, user: AnyUser): Promise<void> {
        const before = await audit(core, tx).recent("login.succeeded", user.id, REMEMBERED_LOGINS);
        if (isFamiliar(visitor, before)) return;
        await notify(core, tx, visitor, { kind: "new-device-login", user, says: {} });
      },

      async noticeLock(tx: Database, visitor: Visitor, user: AnyUser | null): Promise<void> {
        if (user) return notify(core, tx, visitor, { kind: "login-locked", user, says: {} });
        // In place of a token: as many statements, or the time would tell.
        await tokens(core, tx).deleteOf(NOBODY);
        await outbox(core, tx).queueNothing("login-locked");
      },

      operations: {
        /** Whether the "this wasn't me" link this browser opened still works. Changes nothing. */
        async state(visitor: Visitor): Promise<{ link: "valid" | "expired" }> {
          const row = await tokens(core).find(PURPOSE, visitor.linkToken(PURPOSE) ?? "");
          return { link: row ? "valid" : "expired" };
        },

        /**
         * Puts the account back into the hands of whoever got the notice: the address is again the one it was sent to,
         * sessions, trusted browsers, outstanding links and the password are worth nothing, and a reset is mailed there.
         * Refuses with `link_expired`, also where the address is somebody else's by now, or `rate_limited`.
         */
        async disown(visitor: Visitor): Promise<DisownResult> {
          const admission = await limits.admit("link by network", visitor.network);
          if (!admission.ok) return admission;
          const row = await tokens(core).find(PURPOSE, visitor.linkToken(PURPOSE) ?? "");
          const done = row !== null && (await undoOrRefuse(visitor, row));
          visitor.dropLinkToken(PURPOSE);
          return done ? { ok: true } : { ok: false, reason: "link_expired" };
        },
      },
    } satisfies Feature;

    function undoOrRefuse(visitor: Visitor, row: TokenRow): Promise<boolean> {
      return transition(core, (tx) => undo(tx, visitor, row)).catch((error: unknown) => {
        if (isTaken(error)) return false;
        throw error;
      });
    }
  };
}
