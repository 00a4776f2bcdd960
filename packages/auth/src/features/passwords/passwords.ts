import { type Core, type CredentialChange, type Feature, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import { freshUser, holdWhileLive } from "../../fresh-proof.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { type RateLimited, rateLimits } from "../rate-limits/rate-limits.ts";
import { type Session, sessions } from "../sessions/sessions.ts";
import { canonicalEmail } from "../users/email.ts";
import { type Entered, enterUser } from "../users/registration.ts";
import { usersStore } from "../users/store.ts";
import type { AnyUser, OwnFields, UsersTable } from "../users/table.ts";
import {
  type KnowsPassword,
  type PasswordRules,
  type PreparedPassword,
  passwordKeeper,
} from "./keeper.ts";
import type { PasswordRefusal } from "./policy.ts";

export { type BreachedCheck, breachedCheck } from "./breached.ts";
export type { PasswordRules } from "./keeper.ts";

export interface PasswordsOptions<Users extends UsersTable> extends PasswordRules {
  /** Your users table, so that a registration may fill its columns, typed. */
  users: Users;
}

export interface Registration<Users extends UsersTable> {
  email: string;
  password: string;
  fields: OwnFields<Users>;
}

export type RegisterResult =
  | Entered
  | { ok: false; reason: "email_invalid" | PasswordRefusal | "password_breached" }
  | RateLimited;

export type ChangeResult =
  | { ok: true }
  | { ok: false; reason: "wrong_credentials" | PasswordRefusal | "password_breached" }
  | RateLimited;

export type SetResult =
  | { ok: true }
  | { ok: false; reason: "step_up_required" | "password_exists" }
  | Exclude<PreparedPassword, { ok: true }>
  | RateLimited;

interface SignedIn {
  session: Session;
}

/** Email and password: registering, logging in, setting and changing the password. */
export function passwords<Users extends UsersTable>(options: PasswordsOptions<Users>) {
  return (core: Core) => {
    const keeper = passwordKeeper(core, options);
    const limits = rateLimits(core);

    async function setFirst(
      tx: Database,
      visitor: Visitor,
      user: AnyUser,
      { session, hash }: SignedIn & { hash: string },
    ): Promise<SetResult> {
      if (!(await holdWhileLive(core, tx, session))) return stepUpFirst;
      const change = { hash, keepSessionId: session.id };
      if (!(await keeper.setFirst(tx, visitor, user, change))) return exists;
      const event = { action: "password.set", subjectId: user.id, details: {} } as const;
      await audit(core, tx).record(visitor, event);
      return { ok: true };
    }

    return {
      mails: ["already-registered", "password-changed"] as const,

      mustChangePassword: keeper.mustChange,

      waysIn: async (tx: Database, userId: string) => ((await keeper.has(tx, userId)) ? 1 : 0),

      /** A mailbox that is proven for the first time, and not by a new password: the old one may be a squatter's. */
      async onCredentialChange(tx: Database, user: AnyUser, change: CredentialChange) {
        if (change.firstProof && change.what !== "password") await keeper.forget(tx, user.id);
      },

      forget: keeper.forget,

      operations: {
        /**
         * Answers alike for a new and a taken address; the owner of a taken one is told by mail.
         * Refuses with `email_invalid`, the reasons of the password policy, `rate_limited`, or `field_taken` when a
         * unique column of your own has this value already.
         */
        async register(visitor: Visitor, form: Registration<Users>): Promise<RegisterResult> {
          const admission = await limits.admit("registration by network", visitor.network);
          if (!admission.ok) return admission;
          const email = canonicalEmail(form.email);
          if (!email) return { ok: false, reason: "email_invalid" };
          const prepared = await keeper.prepare(form.password, email);
          if (!prepared.ok) return prepared;
          const mayMail = await limits.admitMail(email);
          if (!mayMail.ok) return mayMail;
          return enterUser(core, visitor, { ...form.fields, email }, (tx, user) =>
            keeper.store(tx, user.id, prepared.hash),
          );
        },

        /** Whose email and password these are. Refuses with `wrong_credentials`, whichever was wrong, or `rate_limited`. */
        async verify(
          visitor: Visitor,
          { email, password }: { email: string; password: string },
        ): Promise<KnowsPassword> {
          const canonical = canonicalEmail(email);
          const user = canonical ? await usersStore(core).findByEmail(canonical) : null;
          return keeper.knows(visitor, user, canonical ?? "no address", password);
        },

        /** That the signed-in user still knows the password, for `auth.stepUp`. Refuses with `wrong_credentials` or `rate_limited`. */
        async prove(
          visitor: Visitor,
          { session, password }: { session: Session; password: string },
        ): Promise<KnowsPassword> {
          const user = await usersStore(core).findById(session.userId);
          return keeper.knows(visitor, user, user?.email ?? "", password);
        },

        /**
         * Keeps this session under a new id and ends all others. Refuses with `wrong_credentials` when the current
         * password is not the current one, with the reasons of the password policy, or with `rate_limited`.
         */
        async change(
          visitor: Visitor,
          form: { session: Session; currentPassword: string; newPassword: string },
        ): Promise<ChangeResult> {
          const user = await usersStore(core).findById(form.session.userId);
          const known = await keeper.knows(visitor, user, user?.email ?? "", form.currentPassword);
          if (!user || !known.ok) return known as Exclude<KnowsPassword, { ok: true }>;
          const prepared = await keeper.prepare(form.newPassword, user.email);
          if (!prepared.ok) return prepared;
          const token = await transition(core, async (tx) => {
            await usersStore(core, tx).holdForChange(user.id);
            // Of two changes at once the slower one no longer knows the current password.
            if (!(await known.proof.holds(tx))) return null;
            const { hash } = prepared;
            await keeper.replace(tx, visitor, user, { hash, keepSessionId: form.session.id });
            await audit(core, tx).record(visitor, {
              action: "password.changed",
              subjectId: user.id,
              details: {},
            });
            return sessions(core, tx).renew(form.session.id);
          });
          if (!token) return { ok: false, reason: "wrong_credentials" };
          visitor.giveSession(token, form.session.persistent);
          return { ok: true };
        },

        /** Whether the user has a password to change, or may set one. */
        async state(_visitor: Visitor, { session }: SignedIn): Promise<{ hasPassword: boolean }> {
          return { hasPassword: await keeper.has(core.db, session.userId) };
        },

        /**
         * Gives a password to a user who has none, keeps this session under a new id and ends all others. Refuses with
         * `step_up_required`, `password_exists`, the reasons of the password policy, or `rate_limited`.
         */
        async set(
          visitor: Visitor,
          { session, newPassword }: SignedIn & { newPassword: string },
        ): Promise<SetResult> {
          const user = await freshUser(core, visitor, session);
          if (!user) return stepUpFirst;
          if (await keeper.has(core.db, user.id)) return exists;
          const admission = await limits.admit("login by network", visitor.network);
          if (!admission.ok) return admission;
          const prepared = await keeper.prepare(newPassword, user.email);
          if (!prepared.ok) return prepared;
          const { result, token } = await transition(core, async (tx) => {
            const result = await setFirst(tx, visitor, user, { session, hash: prepared.hash });
            const token = result.ok ? await sessions(core, tx).renew(session.id) : null;
            return { result, token };
          });
          if (token) visitor.giveSession(token, session.persistent);
          return result;
        },
      },
    } satisfies Feature;
  };
}

const stepUpFirst = { ok: false, reason: "step_up_required" } as const;
const exists = { ok: false, reason: "password_exists" } as const;
