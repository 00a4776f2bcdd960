import { randomBytes } from "node:crypto";
import { type Core, type CredentialChange, type Feature, transition } from "../../core.ts";
import type { Database } from "../../database.ts";
import { type FactorProof, tryFactor } from "../../factor-tries.ts";
import { holdWhileLive, mayChangeFactors } from "../../fresh-proof.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { type RateLimited, rateLimits } from "../rate-limits/rate-limits.ts";
import { type Session, sessions } from "../sessions/sessions.ts";
import { tokens } from "../tokens/tokens.ts";
import { canonicalEmail } from "../users/email.ts";
import { NOBODY, usersStore } from "../users/store.ts";
import type { AnyUser, UsersTable } from "../users/table.ts";
import { type Made, passkeyAnswers, rowOf, type Shown, type SuspicionPolicy } from "./answers.ts";
import { passkeyName } from "./authenticators.ts";
import { type Question, webauthnChallenges } from "./challenges.ts";
import { passkeyKeeper } from "./keeper.ts";
import {
  creationOptions,
  credentialsFor,
  descriptorOf,
  type PasskeyCreationOptions,
  type PasskeyRequestOptions,
  requestOptions,
} from "./options.ts";
import { type RelyingPartyOptions, relyingParty } from "./relying-party.ts";
import { passkeySignUp } from "./sign-up.ts";
import { MAX_PASSKEYS, passkeysStore } from "./store.ts";
import type { PasskeysTable, WebauthnChallengesTable } from "./table.ts";

export type { SuspicionPolicy } from "./answers.ts";
export type { PasskeyCreationOptions, PasskeyRequestOptions } from "./options.ts";
export type { SignUpOptionsResult, SignUpResult } from "./sign-up.ts";

export interface PasskeysOptions<Users extends UsersTable> extends RelyingPartyOptions {
  /** Your users table, so that a registration may fill its columns, typed. */
  users: Users;
  table: PasskeysTable;
  challenges: WebauthnChallengesTable;
  /** When a key that cannot be backed up counts backwards, as a copy of it would. "requireStepUp" unless you say otherwise. */
  onCounterRegression?: SuspicionPolicy;
  /** When a key is backed up that was not, or no longer is. "warn" unless you say otherwise. */
  onBackupChange?: SuspicionPolicy;
}

interface SignedIn {
  session: Session;
}

/** One of a user's passkeys, as their list shows it. */
export interface ListedPasskey {
  id: string;
  name: string;
  /** Whether it is kept in more places than one device. */
  isBackedUp: boolean;
  createdAt: Date;
  lastUsedAt: Date | null;
}

interface Refused<Reason extends string> {
  ok: false;
  reason: Reason;
}

export type CreationOptionsResult =
  | { ok: true; options: PasskeyCreationOptions }
  | Refused<"step_up_required" | "verified_email_required" | "too_many_passkeys">
  | RateLimited;

export type RegisterPasskeyResult =
  | { ok: true }
  | Refused<"step_up_required" | "too_many_passkeys" | "passkey_taken">
  | Exclude<Made, { ok: true }>;

export type RequestOptionsResult =
  | { ok: true; options: PasskeyRequestOptions }
  | Refused<"email_invalid">
  | RateLimited;

export type FactorOptionsResult =
  | { ok: true; options: PasskeyRequestOptions }
  | Refused<"factor_unavailable">
  | RateLimited;

export type KnowsPasskey =
  | { ok: true; proof: FactorProof }
  | Refused<"ceremony_expired" | "passkey_wrong" | "passkey_suspected">
  | RateLimited;

export type RenamePasskeyResult = { ok: true } | Refused<"step_up_required" | "not_found">;

export type RemovePasskeyResult =
  | { ok: true }
  | Refused<"step_up_required" | "not_found" | "last_way_in">;

/** Passkeys (WebAuthn Level 3): a way to log in that is two factors at once, and a second factor beside a password. */
export function passkeys<Users extends UsersTable>(options: PasskeysOptions<Users>) {
  const { table, onCounterRegression = "requireStepUp", onBackupChange = "warn" } = options;
  return (core: Core) => {
    const limits = rateLimits(core);
    const party = relyingParty(core.origin, options);
    const storeIn = (db: Database) => passkeysStore(db, table, core.now);
    const store = storeIn(core.db);
    const challengesIn = (db: Database) => webauthnChallenges(core, options.challenges, db);
    const mint = challengesIn(core.db);
    const keeper = passkeyKeeper(core, table);
    const policies = { counter: onCounterRegression, backup: onBackupChange };
    const answers = passkeyAnswers(core, {
      ...{ table, challenges: options.challenges, party, policies },
    });

    const admitOptions = (visitor: Visitor) =>
      limits.admit("passkey options by network", visitor.network);

    /** Whether this browser owes the passkey to end a login, or shows it to step up; and whether it must verify the user. */
    async function questionFor(visitor: Visitor, userId: string) {
      const challenge = await tokens(core).find("second-factor", visitor.challengeToken ?? "");
      if (challenge?.userId !== userId) {
        return { kind: "step-up", userId, userVerification: "required" } as const;
      }
      const isSameAgain = challenge.details.method === "passkey";
      const userVerification = isSameAgain ? "required" : "preferred";
      return { kind: "second-factor", userId, userVerification } as const;
    }

    async function recordFailure(
      tx: Database,
      visitor: Visitor,
      { userId }: Exclude<Shown, { ok: true }>,
    ): Promise<void> {
      await audit(core, tx).record(visitor, {
        action: "login.failed",
        outcome: "failure",
        subjectId: userId,
        actorId: null,
        details: { method: "passkey" },
      });
    }

    /** Asks for a new passkey of this user; all passkeys of a user know them by the same handle. */
    async function creationFor(
      visitor: Visitor,
      question: Question,
      email: string,
    ): Promise<PasskeyCreationOptions> {
      const known = await store.list(question.userId ?? NOBODY);
      const handle = known[0]?.userHandle ?? randomBytes(32).toString("base64url");
      const challenge = await mint.ask(visitor, question, { handle, email });
      const user = { handle, email };
      return creationOptions({ party, appName: core.appName, challenge, user, known });
    }

    async function listOf(db: Database, userId: string): Promise<ListedPasskey[]> {
      const rows = await storeIn(db).list(userId);
      return rows.map(({ id, name, backedUp, createdAt, lastUsedAt }) => ({
        ...{ id, name, isBackedUp: backedUp, createdAt, lastUsedAt },
      }));
    }

    return {
      mails: [
        "passkey-added",
        "passkey-removed",
        "already-registered",
        "second-factor-locked",
      ] as const,

      isSecondFactorFor: async (tx: Database, userId: string) =>
        (await storeIn(tx).count(userId)) > 0,

      waysIn: (tx: Database, userId: string) => storeIn(tx).count(userId),

      async onCredentialChange(tx: Database, user: AnyUser, change: CredentialChange) {
        // What somebody began who knew the old password must not be finished under the new one.
        if (change.what !== "factors") await challengesIn(tx).deleteOf(user.id);
        if (change.firstProof) await storeIn(tx).deleteAll(user.id);
      },

      async forget(tx: Database, userId: string) {
        await challengesIn(tx).deleteOf(userId);
        await storeIn(tx).deleteAll(userId);
      },

      exportOf: listOf,

      deleteExpired: () => mint.deleteExpired(),

      operations: {
        /** The user's passkeys, the oldest first. */
        list(_visitor: Visitor, { session }: SignedIn): Promise<ListedPasskey[]> {
          return listOf(core.db, session.userId);
        },

        /**
         * What the browser needs to make a passkey for the signed-in user. Refuses with `step_up_required`,
         * `verified_email_required`, `too_many_passkeys` or `rate_limited`.
         */
        async registerOptions(
          visitor: Visitor,
          { session }: SignedIn,
        ): Promise<CreationOptionsResult> {
          const { userId } = session;
          if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
          const user = await usersStore(core).findById(userId);
          if (!user?.emailVerifiedAt) return { ok: false, reason: "verified_email_required" };
          if ((await store.count(userId)) >= MAX_PASSKEYS) return tooMany;
          const admission = await admitOptions(visitor);
          if (!admission.ok) return admission;
          const question = { kind: "register", userId } as const;
          return { ok: true, options: await creationFor(visitor, question, user.email) };
        },

        /**
         * Keeps the passkey the browser made. This session has its second factor then, under a new id; all others and
         * all trusted browsers end, and the owner is told. Refuses with `passkey_wrong`, `ceremony_expired`,
         * `passkey_taken`, `too_many_passkeys` or `step_up_required`.
         */
        async register(
          visitor: Visitor,
          { session, response, name = "" }: SignedIn & { response: string; name?: string },
        ): Promise<RegisterPasskeyResult> {
          const { userId } = session;
          if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
          const made = await answers.made(visitor, { kind: "register", userId }, response);
          if (!made.ok) return made;
          const row = rowOf(userId, made, name);
          const added = await transition(core, (tx) => keeper.add(tx, visitor, session, row));
          if (added.ok) {
            visitor.giveSession(added.token, session.persistent);
            return { ok: true };
          }
          const isFull =
            added.reason === "passkey_taken" && (await store.count(userId)) >= MAX_PASSKEYS;
          return isFull ? tooMany : added;
        },

        /**
         * What the browser needs to log in with a passkey: with no email any passkey for this site will do. With one the
         * answer is alike whether anybody has it or not. Refuses with `email_invalid` or `rate_limited`.
         */
        async loginOptions(
          visitor: Visitor,
          form: { email?: string } = {},
        ): Promise<RequestOptionsResult> {
          const email = form.email ? canonicalEmail(form.email) : undefined;
          if (email === null) return { ok: false, reason: "email_invalid" };
          const admission = await admitOptions(visitor);
          if (!admission.ok) return admission;
          const challenge = await mint.ask(visitor, { kind: "login" }, { named: !!email });
          if (!email) return { ok: true, options: requestOptions(party, challenge) };
          const user = await usersStore(core).findByEmail(email);
          const known = await store.list(user?.id ?? NOBODY);
          const allow = credentialsFor(core.keys.for("decoy"), email, known);
          return { ok: true, options: requestOptions(party, challenge, { allow }) };
        },

        /**
         * Whose passkey this is, for `auth.login`. Refuses with `passkey_wrong`, whatever was wrong, `ceremony_expired`,
         * `passkey_suspected` or `rate_limited`.
         */
        async verify(visitor: Visitor, { response }: { response: string }): Promise<KnowsPasskey> {
          const admission = await limits.admit("login by network", visitor.network);
          if (!admission.ok) return admission;
          return transition<KnowsPasskey>(core, async (tx) => {
            const shown = await answers.shown(tx, visitor, { kind: "login" }, response);
            if (shown.ok) return shown;
            await recordFailure(tx, visitor, shown);
            return { ok: false, reason: shown.reason };
          });
        },

        /**
         * What the browser needs to end a login that waits for this user's second factor, or to step their session up.
         * Refuses with `factor_unavailable` who has no passkey, or with `rate_limited`.
         */
        async factorOptions(
          visitor: Visitor,
          { userId }: { userId: string },
        ): Promise<FactorOptionsResult> {
          const admission = await admitOptions(visitor);
          if (!admission.ok) return admission;
          const allow = (await store.list(userId)).map(descriptorOf);
          if (allow.length === 0) return { ok: false, reason: "factor_unavailable" };
          const { userVerification, ...question } = await questionFor(visitor, userId);
          const challenge = await mint.ask(visitor, question);
          return {
            ok: true,
            options: requestOptions(party, challenge, { allow, userVerification }),
          };
        },

        /**
         * Whether this is a passkey of this user, for `auth.finishLogin` or `auth.stepUp`. Counted with the tries at all
         * second factors. Refuses with `passkey_wrong`, `ceremony_expired`, `passkey_suspected` or `rate_limited`.
         */
        async verifyFactor(
          visitor: Visitor,
          { userId, response }: { userId: string; response: string },
        ): Promise<KnowsPasskey> {
          const { kind } = await questionFor(visitor, userId);
          const factor = { userId, method: "passkey" } as const;
          let shown: Shown | undefined;
          const known = await tryFactor(core, visitor, factor, async (tx) => {
            shown = await answers.shown(tx, visitor, { kind, userId }, response);
            return shown.ok ? shown.proof.holds : null;
          });
          if (known.ok && shown?.ok) return { ok: true, proof: { ...shown.proof, ...known.proof } };
          if (!known.ok && known.reason === "rate_limited") return known;
          return { ok: false, reason: (shown as Exclude<Shown, { ok: true }>).reason };
        },

        ...passkeySignUp<Users>(core, { table, answers, admitOptions, creationFor }),

        /** Gives a passkey another name. Refuses with `step_up_required`, or with `not_found`, also for anybody else's. */
        async rename(
          visitor: Visitor,
          { session, id, name }: SignedIn & { id: string; name: string },
        ): Promise<RenamePasskeyResult> {
          if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
          return transition<RenamePasskeyResult>(core, async (tx) => {
            const named = passkeyName(name, "");
            const renamed = await storeIn(tx).rename(session.userId, id, named);
            if (!renamed) return { ok: false, reason: "not_found" };
            await audit(core, tx).record(visitor, {
              action: "passkey.renamed",
              subjectId: session.userId,
              details: {},
            });
            return { ok: true };
          });
        },

        /**
         * Takes a passkey away; other sessions and trusted browsers end, and the owner is told. Refuses with
         * `step_up_required`, `last_way_in`, or with `not_found`, also for anybody else's.
         */
        async remove(
          visitor: Visitor,
          { session, id }: SignedIn & { id: string },
        ): Promise<RemovePasskeyResult> {
          if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
          const { userId } = session;
          const { token, result } = await transition(core, async (tx) => {
            if (!(await holdWhileLive(core, tx, session)))
              return { token: null, result: stepUpFirst };
            const result = await keeper.remove(tx, visitor, { userId, id }, session.id);
            if (!result.ok) return { token: null, result };
            const others = await core.house.secondFactorsOf(tx, userId);
            if (others.length === 0) await sessions(core, tx).stepDown(session.id);
            return { token: await sessions(core, tx).renew(session.id), result };
          });
          if (token) visitor.giveSession(token, session.persistent);
          return result;
        },
      },
    } satisfies Feature;
  };
}

const stepUpFirst = { ok: false, reason: "step_up_required" } as const;
const tooMany = { ok: false, reason: "too_many_passkeys" } as const;
