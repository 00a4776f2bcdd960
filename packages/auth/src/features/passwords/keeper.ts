import { type Core, type CredentialChange, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import { notify } from "../../notify.ts";
import type { Proof } from "../../proof.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { type RateLimited, rateLimits, type TryAdmission } from "../rate-limits/rate-limits.ts";
import { NOBODY } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";
import { checkPassword, type HashParameters, hashParameters, hashPassword } from "./hash.ts";
import { normalizePassword, type PasswordRefusal, refusePassword } from "./policy.ts";
import { passwordsStore } from "./store.ts";
import type { PasswordsTable } from "./table.ts";

export interface PasswordRules {
  table: PasswordsTable;
  /** In code points. NIST SP 800-63B-4 asks for 15 where the password is the only factor. */
  minLength?: number;
  /** What one Argon2id hash costs; at least the OWASP floor, which is the default. */
  cost?: Partial<HashParameters>;
  /** Asked last, for each new password; `breachedCheck()` is one. */
  isBreached?(password: string): Promise<boolean>;
}

export type KnowsPassword =
  | { ok: true; proof: PasswordProof }
  | { ok: false; reason: "wrong_credentials" }
  | RateLimited;

/** A password can be changed at any time, so this proof always says whether it still holds. */
type PasswordProof = Proof & Required<Pick<Proof, "holds">>;

export type PreparedPassword =
  | { ok: true; hash: string }
  | { ok: false; reason: PasswordRefusal | "password_breached" };

/** A prepared password, and what lives on beside it. */
type NewPassword = { hash: string } & Omit<CredentialChange, "what">;

/** Looks after passwords for the features that set or ask for one, so that each rule stands once. */
export function passwordKeeper(core: Core, rules: PasswordRules) {
  const { table, minLength = 15, isBreached } = rules;
  const cost = hashParameters(rules.cost);
  const limits = rateLimits(core);
  const storeIn = (db: Database) => passwordsStore(core, table, db);
  const store = storeIn(core.db);

  /** Limits before hashing: a flood of logins must not become a flood of hashes. */
  async function admitTry(visitor: Visitor, account: string): Promise<TryAdmission> {
    const network = await limits.admit("login by network", visitor.network);
    return network.ok ? limits.reserveTry(account) : network;
  }

  async function fail(visitor: Visitor, user: AnyUser | null, isLast: boolean): Promise<void> {
    if (!isLast) return audit(core).record(visitor, failed(user));
    await transition(core, async (tx) => {
      await audit(core, tx).record(visitor, failed(user));
      await audit(core, tx).record(visitor, { ...failed(user), action: "login.locked" });
      await core.house.noticeLock(tx, visitor, user);
    });
  }

  /** The hash that stands for this password from now on: ours, or that of a login that was faster. */
  async function strengthen(userId: string, stored: string, password: string): Promise<string> {
    const stronger = await hashPassword(password, cost);
    if (await store.upgrade(userId, stored, stronger)) return stronger;
    const other = (await store.hashOf(userId)) ?? "";
    return (await checkPassword(other, password, cost)).matches ? other : stored;
  }

  /** What must die with the password of before dies, and the owner is told. */
  async function tellOfNew(
    tx: Database,
    visitor: Visitor,
    user: AnyUser,
    change: Omit<CredentialChange, "what">,
  ): Promise<void> {
    await core.house.credentialChanged(tx, user, { what: "password", ...change });
    await notify(core, tx, visitor, { kind: "password-changed", user, says: {} });
    await core.hooks.onPasswordChange?.(tx as never, user as never);
  }

  return {
    /**
     * Whether this is the user's password, as a proof; with no user, the same work on a decoy.
     * `account` is what failures are counted under. Refuses with `wrong_credentials` or `rate_limited`.
     */
    async knows(
      visitor: Visitor,
      user: AnyUser | null,
      account: string,
      password: string,
    ): Promise<KnowsPassword> {
      const admission = await admitTry(visitor, account);
      if (!admission.ok) return admission;
      const stored = await store.hashOf(user?.id ?? NOBODY);
      const normal = normalizePassword(password);
      const { matches, outdated } = await checkPassword(stored, normal, cost);
      if (!user || !stored || !matches) {
        await fail(visitor, user, admission.isLast);
        return { ok: false, reason: "wrong_credentials" };
      }
      await limits.forgiveTries(account);
      const hash = outdated ? await strengthen(user.id, stored, normal) : stored;
      const holds = (tx: Database) => storeIn(tx).isStill(user.id, hash);
      return { ok: true, proof: { userId: user.id, method: "pwd", holds } };
    },

    has: async (tx: Database, userId: string) => (await storeIn(tx).hashOf(userId)) !== null,

    mustChange: (tx: Database, userId: string) => storeIn(tx).mustChange(userId),

    forget: (tx: Database, userId: string) => storeIn(tx).deleteOf(userId),

    /** Whether this is the password the user has already. */
    async isSame(userId: string, password: string): Promise<boolean> {
      const stored = await store.hashOf(userId);
      return (await checkPassword(stored, normalizePassword(password), cost)).matches;
    },

    /** Judges and hashes a new password, outside any transaction: hashing takes long and locks must not. */
    async prepare(password: string, email: string): Promise<PreparedPassword> {
      const words = [core.appName, ...email.split(/[@.]/)];
      const refusal = await refusePassword(password, { minLength, words });
      if (refusal) return { ok: false, reason: refusal };
      const normal = normalizePassword(password);
      if (await isBreached?.(normal)) return { ok: false, reason: "password_breached" };
      return { ok: true, hash: await hashPassword(normal, cost) };
    },

    /** Writes down a new user's prepared password, in the transaction of the registration. */
    async store(tx: Database, userId: string, hash: string): Promise<void> {
      await storeIn(tx).put(userId, hash);
    },

    /** Replaces a password by a prepared one; what must die with the old one dies, and the owner is told. */
    async replace(
      tx: Database,
      visitor: Visitor,
      user: AnyUser,
      { hash, ...change }: NewPassword,
    ): Promise<void> {
      await storeIn(tx).put(user.id, hash);
      await tellOfNew(tx, visitor, user, change);
    },

    /** The same for who has none. False when there is one by now, and nothing happened. */
    async setFirst(
      tx: Database,
      visitor: Visitor,
      user: AnyUser,
      { hash, ...change }: NewPassword,
    ): Promise<boolean> {
      if (!(await storeIn(tx).putFirst(user.id, hash))) return false;
      await tellOfNew(tx, visitor, user, change);
      return true;
    },

    /** The owner showed who they are in another way: earlier failures no longer hold them up. */
    forgiveTries: limits.forgiveTries,
  };
}

function failed(user: AnyUser | null) {
  return {
    action: "login.failed",
    outcome: "failure",
    subjectId: user?.id ?? null,
    actorId: null,
    details: { method: "pwd" },
  } as const;
}
