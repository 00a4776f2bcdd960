import { type Core, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import { withoutValues } from "../../failures.ts";
import { audit, type Whence } from "../audit/audit.ts";
import { outbox } from "../outbox/outbox.ts";
import { sessions } from "../sessions/sessions.ts";
import { tokens } from "../tokens/tokens.ts";
import { usersStore } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";
import { accountDeletionsStore } from "./store.ts";
import type { AccountDeletionsTable } from "./table.ts";

interface Closing {
  mode: "hard" | "soft" | "anonymise";
  blank: object;
}

/** Nobody asked for it just now: the time was over. */
const HOUSEKEEPING: Whence = { ip: null, userAgent: null, requestId: "housekeeping" };

/** Deletes all accounts whose days of grace are over, each in a transaction of its own; one that fails holds up no other. */
export function sweeper(core: Core, table: AccountDeletionsTable, { mode, blank }: Closing) {
  return async function sweep(): Promise<void> {
    const failed: string[] = [];
    while (await closeNext(failed));
  };

  async function closeNext(failed: string[]): Promise<boolean> {
    let taken: string | null = null;
    try {
      await transition(core, async (tx) => {
        taken = await accountDeletionsStore(tx, table, core.now).takeDue(failed);
        if (taken) await close(tx, taken);
      });
    } catch (error) {
      // Without one to blame the database is away.
      if (!taken) throw error;
      failed.push(taken);
      console.error(`auth-rr: account ${taken} could not be deleted`, withoutValues(error));
    }
    return taken !== null;
  }

  async function close(tx: Database, userId: string): Promise<void> {
    await usersStore(core, tx).holdForChange(userId);
    const user = (await usersStore(core, tx).findById(userId)) as AnyUser;
    await core.hooks.onAccountClosed?.(tx as never, user as never);
    await outbox(core, tx).forget(user.email);
    if (mode === "hard") await usersStore(core, tx).delete(userId);
    else await leaveTheRow(tx, userId);
    await outbox(core, tx).queue("deletion-done", user.email, {
      homeUrl: core.origin + core.paths.home,
    });
    await audit(core, tx).record(HOUSEKEEPING, {
      action: "account.deleted",
      subjectId: userId,
      actorId: null,
      details: { mode },
    });
  }

  async function leaveTheRow(tx: Database, userId: string): Promise<void> {
    await core.house.forget(tx, userId);
    await tokens(core, tx).deleteOf(userId);
    await sessions(core, tx).endAll(userId);
    await usersStore(core, tx).close(userId, { ...blank }, core.now);
  }
}
