import { type Core, type Feature, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import { days } from "../../duration.ts";
import { AuthError } from "../../errors.ts";
import { holdWhileLive, mayChangeFactors } from "../../fresh-proof.ts";
import { notify } from "../../notify.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import type { Session } from "../sessions/sessions.ts";
import { tokens } from "../tokens/tokens.ts";
import { usersStore } from "../users/store.ts";
import type { AnyUser, OwnFields, UsersTable } from "../users/table.ts";
import { sweeper } from "./closing.ts";
import { type ExportedUser, exportOf } from "./export.ts";
import { accountDeletionsStore } from "./store.ts";
import type { AccountDeletionsTable } from "./table.ts";

export type { ExportedUser } from "./export.ts";

export interface AccountDeletionOptions<Users extends UsersTable> {
  table: AccountDeletionsTable;
  /** Your users table, so that `blank` may fill its columns, typed. */
  users: Users;
  /**
   * What becomes of the row of a user whose time is over. "hard" deletes it and all that hangs on it; "soft" keeps it
   * as it is, without address and credentials; "anonymise" does the same and overwrites your columns with `blank`.
   */
  mode: "hard" | "soft" | "anonymise";
  /** With "anonymise": what your own columns say of nobody. */
  blank?: Partial<OwnFields<Users>>;
}

interface SignedIn {
  session: Session;
}

export type ScheduleResult =
  | { ok: true; deletedAt: Date }
  | { ok: false; reason: "step_up_required" };

export type CancelResult = { ok: true } | { ok: false; reason: "challenge_expired" };

export type ExportResult =
  | { ok: true; data: ExportedUser }
  | { ok: false; reason: "step_up_required" };

const PURPOSE = "reactivate";

/** Days between the wish and the deed, in which the owner may take it back. */
const GRACE_DAYS = 14;

/** Deleting one's own account, after days of grace, and reading what it holds. */
export function accountDeletion<Users extends UsersTable>(options: AccountDeletionOptions<Users>) {
  checkBlank(options);
  const { table, mode, blank = {} } = options;
  return (core: Core) => {
    const storeIn = (db: Database) => accountDeletionsStore(db, table, core.now);

    /** Whatever would still let somebody in ends at once, and the owner is told. */
    async function close(tx: Database, visitor: Visitor, user: AnyUser, deletedAt: Date) {
      await core.house.credentialChanged(tx, user, { what: "closing" });
      const loginUrl = core.origin + core.paths.login;
      const says = { deletedAt: deletedAt.toISOString(), loginUrl };
      await notify(core, tx, visitor, { kind: "deletion-scheduled", user, says });
      await audit(core, tx).record(visitor, {
        action: "account.deletion-scheduled",
        subjectId: user.id,
        details: { days: GRACE_DAYS },
      });
    }

    async function reopen(tx: Database, visitor: Visitor, user: AnyUser): Promise<void> {
      await notify(core, tx, visitor, { kind: "deletion-cancelled", user, says: {} });
      await audit(core, tx).record(visitor, {
        action: "account.deletion-cancelled",
        subjectId: user.id,
        details: {},
      });
    }

    return {
      mails: ["deletion-scheduled", "deletion-cancelled", "deletion-done"] as const,

      mustReactivate: async (tx: Database, userId: string) =>
        (await storeIn(tx).dueAt(userId)) !== null,

      deleteExpired: sweeper(core, table, { mode, blank }),

      operations: {
        /**
         * Ends every session at once and deletes the account in 14 days; until then a login only leads to where that
         * can be taken back. Refuses with `step_up_required`.
         */
        async schedule(visitor: Visitor, { session }: SignedIn): Promise<ScheduleResult> {
          if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
          const deletedAt = await transition(core, async (tx) => {
            // Pressed twice, the second finds the date of the first.
            if (!(await holdWhileLive(core, tx, session))) return storeIn(tx).dueAt(session.userId);
            const user = (await usersStore(core, tx).findById(session.userId)) as AnyUser;
            const scheduled = await storeIn(tx).schedule(user.id, days(GRACE_DAYS));
            await close(tx, visitor, user, scheduled);
            return scheduled;
          });
          // The account went, or was taken back, while this was asked.
          if (!deletedAt) return stepUpFirst;
          visitor.dropSession();
          return { ok: true, deletedAt };
        },

        /** When the account is deleted for which this browser just logged in; null when no such login waits. Changes nothing. */
        async state(visitor: Visitor): Promise<{ email: string; deletedAt: Date } | null> {
          const row = await tokens(core).find(PURPOSE, visitor.linkToken(PURPOSE) ?? "");
          const deletedAt = row && (await storeIn(core.db).dueAt(row.userId));
          return deletedAt ? { email: row.address, deletedAt } : null;
        },

        /** Takes the deletion back for whom the login of this browser has proven; they log in again then. Refuses with `challenge_expired`. */
        async cancel(visitor: Visitor): Promise<CancelResult> {
          const token = visitor.linkToken(PURPOSE) ?? "";
          const reopened = await transition(core, async (tx) => {
            const row = await tokens(core, tx).take(PURPOSE, token);
            if (!row || !(await storeIn(tx).cancel(row.userId))) return false;
            const user = await usersStore(core, tx).findById(row.userId);
            await reopen(tx, visitor, user as AnyUser);
            return true;
          });
          visitor.dropLinkToken(PURPOSE);
          return reopened ? { ok: true } : { ok: false, reason: "challenge_expired" };
        },

        /** All that the house, its features and your hook know of the user, to be given as JSON. Refuses with `step_up_required`. */
        async exportData(visitor: Visitor, { session }: SignedIn): Promise<ExportResult> {
          if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
          return { ok: true, data: await exportOf(core, visitor, session.userId) };
        },
      },
    } satisfies Feature;
  };
}

const stepUpFirst = { ok: false, reason: "step_up_required" } as const;

function checkBlank<Users extends UsersTable>({ mode, blank }: AccountDeletionOptions<Users>) {
  if (mode !== "anonymise" || blank) return;
  throw new AuthError(
    "ERR_AUTH_CONFIG_INVALID",
    "accountDeletion is to anonymise users and was not told what their columns hold then, so names would stay. " +
      'Give it `blank`, e.g. { name: "" }, or the mode "soft".',
  );
}
