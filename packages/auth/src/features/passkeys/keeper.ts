import type { Core, CredentialChange } from "../../core.ts";
import type { Database } from "../../database.ts";
import { tellOwner } from "../../factor-tries.ts";
import { holdWhileLive } from "../../fresh-proof.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { type Session, sessions } from "../sessions/sessions.ts";
import { usersStore } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";
import { type NewPasskey, passkeysStore } from "./store.ts";
import type { PasskeysTable } from "./table.ts";

export type Added =
  | { ok: true; token: string }
  | { ok: false; reason: "step_up_required" | "passkey_taken" };

/** Changes which passkeys a user has; each change ends what must end, is written down, and told to the owner. */
export function passkeyKeeper(core: Core, table: PasskeysTable) {
  const storeIn = (db: Database) => passkeysStore(db, table, core.now);

  async function tellOfChange(
    tx: Database,
    visitor: Visitor,
    userId: string,
    { what, keepSessionId }: { what: "added" | "removed"; keepSessionId: string | undefined },
  ): Promise<void> {
    const user = (await usersStore(core, tx).findById(userId)) as AnyUser;
    const change: CredentialChange = { what: "factors", ...(keepSessionId && { keepSessionId }) };
    await core.house.credentialChanged(tx, user, change);
    await tellOwner(core, tx, visitor, `passkey-${what}`, userId);
    await audit(core, tx).record(visitor, {
      action: `passkey.${what}`,
      subjectId: userId,
      details: {},
    });
  }

  return {
    /** The new token of this session, which has its second factor now. */
    async add(tx: Database, visitor: Visitor, session: Session, row: NewPasskey): Promise<Added> {
      const { id, userId } = session;
      // Racing registrations would otherwise all try for the same place.
      if (!(await holdWhileLive(core, tx, session)))
        return { ok: false, reason: "step_up_required" };
      if (!(await storeIn(tx).insert(row))) return { ok: false, reason: "passkey_taken" };
      await tellOfChange(tx, visitor, userId, { what: "added", keepSessionId: id });
      await sessions(core, tx).stepUp(id, 2);
      return { ok: true, token: await sessions(core, tx).renew(id) };
    },

    /** Takes one away, but never the last way in, also not in a race: whoever takes one away waits for the others. */
    async remove(
      tx: Database,
      visitor: Visitor,
      { userId, id }: { userId: string; id: string },
      keepSessionId?: string,
    ): Promise<{ ok: true } | { ok: false; reason: "not_found" | "last_way_in" }> {
      await usersStore(core, tx).holdForChange(userId);
      if (!(await storeIn(tx).has(userId, id))) return { ok: false, reason: "not_found" };
      if ((await core.house.waysIn(tx, userId)) <= 1) return { ok: false, reason: "last_way_in" };
      await storeIn(tx).deleteOne(userId, id);
      await tellOfChange(tx, visitor, userId, { what: "removed", keepSessionId });
      return { ok: true };
    },
  };
}
