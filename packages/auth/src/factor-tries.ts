import { type Core, transition } from "./core.ts";
import type { Database } from "./database.ts";
import { audit } from "./features/audit/audit.ts";
import { type RateLimited, rateLimits } from "./features/rate-limits/rate-limits.ts";
import { usersStore } from "./features/users/store.ts";
import { notify } from "./notify.ts";
import type { Method, Proof } from "./proof.ts";
import type { Visitor } from "./visitor.ts";

export type KnowsFactor =
  | { ok: true; proof: FactorProof }
  | { ok: false; reason: "code_wrong" }
  | RateLimited;

/** A code works once, so this proof always spends it where it is used. */
export type FactorProof = Proof & Required<Pick<Proof, "holds">>;

/** Spends the code that was looked at; false when somebody else was faster. */
export type Spend = (tx: Database) => Promise<boolean>;

interface Factor {
  userId: string;
  method: Method;
  /** What a session gets by it; a code by mail is no full factor. */
  aal?: 2;
}

/**
 * A try at a code. Counted before the code is looked at and in the same transaction, so that any number of racing tries
 * queue up and one that ends in an error of ours was never made. The proof spends the code where it is used.
 */
export function tryFactor(
  core: Core,
  visitor: Visitor,
  factor: Factor,
  look: (tx: Database) => Promise<Spend | null>,
): Promise<KnowsFactor> {
  return transition<KnowsFactor>(core, async (tx) => {
    const { userId } = factor;
    const admission = await rateLimits(core, tx).reserveFactorTry(userId);
    if (!admission.ok) return admission;
    const spend = await look(tx);
    if (spend)
      return { ok: true, proof: { ...factor, holds: spendAndForgive(core, userId, spend) } };
    await fail(core, tx, visitor, { ...factor, isLast: admission.isLast });
    return { ok: false, reason: "code_wrong" };
  });
}

function spendAndForgive(core: Core, userId: string, spend: Spend): Spend {
  return async (tx) => {
    if (!(await spend(tx))) return false;
    await rateLimits(core, tx).forgiveFactorTries(userId);
    return true;
  };
}

async function fail(
  core: Core,
  tx: Database,
  visitor: Visitor,
  { userId, method, isLast }: Factor & { isLast: boolean },
): Promise<void> {
  const event = {
    outcome: "failure",
    subjectId: userId,
    actorId: null,
    details: { method },
  } as const;
  await audit(core, tx).record(visitor, { action: "factor.failed", ...event });
  if (!isLast) return;
  await audit(core, tx).record(visitor, { action: "factor.locked", ...event });
  await tellOwner(core, tx, visitor, "second-factor-locked", userId);
}

/** Tells the owner of a change or an attack, and what to do if it was not them. */
export async function tellOwner(
  core: Core,
  tx: Database,
  visitor: Visitor,
  kind:
    | "second-factor-locked"
    | "totp-enabled"
    | "totp-disabled"
    | "backup-codes-changed"
    | "passkey-added"
    | "passkey-removed",
  userId: string,
): Promise<void> {
  const user = await usersStore(core, tx).findById(userId);
  if (user) await notify(core, tx, visitor, { kind, user, says: {} });
}
