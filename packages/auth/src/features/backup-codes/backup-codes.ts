import { randomBytes } from "node:crypto";
import { type Core, type Feature, transition } from "../../core.ts";
import { sameText } from "../../crypto/same.ts";
import { unwrap, wrap } from "../../crypto/wrap.ts";
import type { Database } from "../../database.ts";
import { type KnowsFactor, tellOwner, tryFactor } from "../../factor-tries.ts";
import { hasSecondFactor, holdWhileLive, mayChangeFactors } from "../../fresh-proof.ts";
import { notify } from "../../notify.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import type { Session } from "../sessions/sessions.ts";
import { usersStore } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";
import { hashBackupCode, newBackupCode } from "./code.ts";
import { backupCodesStore } from "./store.ts";
import type { BackupCodesTable } from "./table.ts";

export interface BackupCodesOptions {
  table: BackupCodesTable;
}

export type NewBackupCodesResult =
  | { ok: true; codes: string[] }
  | { ok: false; reason: "step_up_required" | "second_factor_required" };

const COUNT = 10;

/** With no more than these left the owner should make new ones. */
const FEW = 3;

/** Codes on paper, for whoever lost their other second factor. */
export function backupCodes({ table }: BackupCodesOptions) {
  return (core: Core) => {
    const keys = core.keys.for("factor");
    const storeIn = (db: Database) => backupCodesStore(db, table, core.now);
    const contextOf = (userId: string) => `backup-codes\0${userId}`;

    /** The way to spend this code, if it is one of the user's. */
    async function look(tx: Database, visitor: Visitor, userId: string, code: string) {
      const row = await storeIn(tx).find(userId);
      const key = row && unwrap(keys, row.key, contextOf(userId));
      const hash = key && hashBackupCode(code, key.text);
      if (!hash || !row.hashes.some((one) => sameText(one, hash))) return null;
      if (key.rewrapped) await storeIn(tx).rewrap(userId, row.key, key.rewrapped);
      return async (door: Database) => {
        const left = await storeIn(door).spend(userId, hash);
        if (left !== null) await tellOfUse(door, visitor, userId, left);
        return left !== null;
      };
    }

    async function tellOfUse(tx: Database, visitor: Visitor, userId: string, left: number) {
      // They are there: the row that was spent would have gone with them.
      const user = (await usersStore(core, tx).findById(userId)) as AnyUser;
      const says = { codesLeft: left };
      await notify(core, tx, visitor, { kind: "backup-code-used", user, says });
      await audit(core, tx).record(visitor, {
        action: "backup-codes.used",
        subjectId: userId,
        details: { left },
      });
    }

    return {
      mails: ["backup-codes-changed", "backup-code-used", "second-factor-locked"] as const,

      factorKind: "recovery",

      async isSecondFactorFor(tx: Database, userId: string) {
        return ((await storeIn(tx).find(userId))?.hashes.length ?? 0) > 0;
      },

      /** Codes recover another factor: they go when the last of those goes. */
      async onCredentialChange(tx: Database, user: AnyUser) {
        const others = await core.house.secondFactorsOf(tx, user.id);
        if (others.length === 0) await storeIn(tx).deleteOf(user.id);
      },

      forget: (tx: Database, userId: string) => storeIn(tx).deleteOf(userId),

      operations: {
        /** How many codes the user has left, and whether that is too few to be easy. */
        async state(_visitor: Visitor, { session }: { session: Session }) {
          const left = (await storeIn(core.db).find(session.userId))?.hashes.length ?? 0;
          return { left, isLow: left <= FEW };
        },

        /**
         * Ten new codes for the eyes of their owner and this once; all older ones are worth nothing. Refuses with
         * `step_up_required`, or with `second_factor_required` who has nothing for them to recover.
         */
        async regenerate(
          visitor: Visitor,
          { session }: { session: Session },
        ): Promise<NewBackupCodesResult> {
          const { userId } = session;
          if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
          if (!(await hasSecondFactor(core, userId))) {
            return { ok: false, reason: "second_factor_required" };
          }
          const codes = Array.from({ length: COUNT }, newBackupCode);
          const key = randomBytes(32).toString("base64url");
          const hashes = codes.map((code) => hashBackupCode(code, key) as string);
          const made = await transition(core, async (tx) => {
            if (!(await holdWhileLive(core, tx, session))) return false;
            await storeIn(tx).replace(userId, wrap(keys, key, contextOf(userId)), hashes);
            await tellOwner(core, tx, visitor, "backup-codes-changed", userId);
            await audit(core, tx).record(visitor, {
              action: "backup-codes.changed",
              subjectId: userId,
              details: { count: COUNT },
            });
            return true;
          });
          return made ? { ok: true, codes } : stepUpFirst;
        },

        /**
         * Whose code this is, for `auth.finishLogin` or `auth.stepUp`, which spend it and tell the owner. Refuses with
         * `code_wrong` or `rate_limited`.
         */
        verify(
          visitor: Visitor,
          { userId, code }: { userId: string; code: string },
        ): Promise<KnowsFactor> {
          const factor = { userId, method: "backup-code", aal: 2 } as const;
          return tryFactor(core, visitor, factor, (tx) => look(tx, visitor, userId, code));
        },
      },
    } satisfies Feature;
  };
}

const stepUpFirst = { ok: false, reason: "step_up_required" } as const;
