import { type Core, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import { isTaken } from "../../failures.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { outbox } from "../outbox/outbox.ts";
import { tokens } from "../tokens/tokens.ts";
import { NOBODY, usersStore } from "./store.ts";
import type { AnyUser } from "./table.ts";

export type Entered = { ok: true } | { ok: false; reason: "field_taken" };

/**
 * Enters a new user with the credential that `keep` stores, and starts proving the mailbox. Answers alike when the
 * address is taken, and tells its owner. Refuses with `field_taken`.
 */
export async function enterUser(
  core: Core,
  visitor: Visitor,
  row: { email: string },
  keep: (tx: Database, user: AnyUser) => Promise<void>,
): Promise<Entered> {
  try {
    await transition(core, async (tx) => {
      const user = await usersStore(core, tx).insert(row);
      if (!user) return tellOwner(core, tx, visitor, row.email);
      await keep(tx, user);
      await core.house.proveMailbox(tx, visitor, user);
      await audit(core, tx).record(visitor, {
        action: "user.registered",
        subjectId: user.id,
        details: {},
      });
      await core.hooks.onRegister?.(tx as never, user as never);
    });
    return { ok: true };
  } catch (error) {
    if (isTaken(error)) return { ok: false, reason: "field_taken" };
    throw error;
  }
}

async function tellOwner(core: Core, tx: Database, visitor: Visitor, email: string): Promise<void> {
  // The browser gets a flow all the same, so that a taken address and a new one look alike.
  visitor.beginFlow();
  const owner = await usersStore(core, tx).findByEmail(email);
  // In place of a new user's credential and token: as many statements, or the time would tell.
  await tokens(core, tx).deleteOf(NOBODY);
  await tokens(core, tx).deleteOf(NOBODY);
  if (owner) await mailOwner(core, tx, visitor, owner);
  else await outbox(core, tx).queueNothing("already-registered");
  await audit(core, tx).record(visitor, {
    action: "user.registered-again",
    outcome: "failure",
    subjectId: owner?.id ?? null,
    actorId: null,
    details: {},
  });
}

async function mailOwner(core: Core, tx: Database, visitor: Visitor, owner: AnyUser) {
  const { device, ip } = visitor;
  await outbox(core, tx).queue("already-registered", owner.email, {
    loginUrl: core.origin + core.paths.login,
    resetUrl: core.origin + core.paths.forgotPassword,
    ...{ device, ip },
  });
}
