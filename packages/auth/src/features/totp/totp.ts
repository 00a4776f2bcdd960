import { randomBytes } from "node:crypto";
import { type Core, type CredentialChange, type Feature, transition } from "../../core.ts";
import { unwrap, wrap } from "../../crypto/wrap.ts";
import type { Database } from "../../database.ts";
import { minutes } from "../../duration.ts";
import { type FactorProof, type KnowsFactor, tellOwner, tryFactor } from "../../factor-tries.ts";
import { holdWhileLive, mayChangeFactors } from "../../fresh-proof.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { type Session, sessions } from "../sessions/sessions.ts";
import { usersStore } from "../users/store.ts";
import type { AnyUser } from "../users/table.ts";
import { enrolmentUri, SECRET_BYTES, STEP, secretText, stepOf } from "./code.ts";
import { type TotpState, totpStore } from "./store.ts";
import type { TotpTable } from "./table.ts";

export interface TotpOptions {
  table: TotpTable;
}

interface SignedIn {
  session: Session;
}

export type BeginTotpResult =
  | { ok: true; secret: string; uri: string }
  | { ok: false; reason: "step_up_required" | "verified_email_required" };

export type ConfirmTotpResult =
  | { ok: true }
  | { ok: false; reason: "step_up_required" | "enrolment_expired" }
  | Exclude<KnowsFactor, { ok: true }>;

export type DisableTotpResult =
  | { ok: true }
  | { ok: false; reason: "step_up_required" | "not_found" };

type TakenAway = { ok: true; token: string } | Exclude<DisableTotpResult, { ok: true }>;

/** Long enough to find the phone and install an app. */
const ENROLMENT = minutes(15);

/** Codes of an authenticator app (RFC 6238) as second factor. */
export function totp({ table }: TotpOptions) {
  return (core: Core) => {
    const keys = core.keys.for("factor");
    const storeIn = (db: Database) => totpStore(db, table, core.now, STEP);
    const store = storeIn(core.db);
    const contextOf = (userId: string) => `totp\0${userId}`;
    const openFor = (userId: string, sealed: string | null) =>
      sealed ? unwrap(keys, sealed, contextOf(userId)) : null;

    /** The way to spend this code, if it is right and of a step that is not spent yet. */
    async function look(tx: Database, userId: string, code: string) {
      const found = await storeIn(tx).find(userId);
      const opened = openFor(userId, found?.row.secret ?? null);
      if (!found?.row.secret || !opened) return null;
      const step = stepOf(code, opened.text, found.step);
      // The one that confirmed the secret is there from the start.
      if (step === null || step <= (found.row.lastStep as number)) return null;
      if (opened.rewrapped) await storeIn(tx).rewrap(userId, found.row.secret, opened.rewrapped);
      return (door: Database) => storeIn(door).spendStep(userId, step);
    }

    /** The way to make a secret that waits the one that counts, if this is a code of it. */
    function lookAtPending({ row: { userId, pending }, step: now }: TotpState, code: string) {
      const opened = openFor(userId, pending);
      const step = opened && stepOf(code, opened.text, now);
      if (step === null) return null;
      return (door: Database) => storeIn(door).confirm(userId, pending as string, step);
    }

    function enable(
      visitor: Visitor,
      session: Session,
      proof: FactorProof,
    ): Promise<string | null> {
      return transition(core, async (tx) => {
        await usersStore(core, tx).holdForChange(session.userId);
        const user = await usersStore(core, tx).findById(session.userId);
        if (!user || !(await proof.holds(tx))) return null;
        await tellOfChange(tx, visitor, user, { session, action: "totp.enabled" });
        await sessions(core, tx).stepUp(session.id, 2);
        return sessions(core, tx).renew(session.id);
      });
    }

    function takeAway(visitor: Visitor, session: Session): Promise<TakenAway> {
      return transition(core, async (tx) => {
        if (!(await holdWhileLive(core, tx, session))) return stepUpFirst;
        const user = await usersStore(core, tx).findById(session.userId);
        if (!user || !(await storeIn(tx).disable(user.id))) return notFound;
        await tellOfChange(tx, visitor, user, { session, action: "totp.disabled" });
        const others = await core.house.secondFactorsOf(tx, user.id);
        if (others.length === 0) await sessions(core, tx).stepDown(session.id);
        return { ok: true, token: await sessions(core, tx).renew(session.id) };
      });
    }

    /** Other sessions and trusted browsers end, the owner is told, and it is written down. */
    async function tellOfChange(
      tx: Database,
      visitor: Visitor,
      user: AnyUser,
      { session, action }: SignedIn & { action: "totp.enabled" | "totp.disabled" },
    ): Promise<void> {
      const change: CredentialChange = { what: "factors", keepSessionId: session.id };
      await core.house.credentialChanged(tx, user, change);
      const mail = action === "totp.enabled" ? "totp-enabled" : "totp-disabled";
      await tellOwner(core, tx, visitor, mail, user.id);
      await audit(core, tx).record(visitor, { action, subjectId: user.id, details: {} });
    }

    return {
      mails: ["totp-enabled", "totp-disabled", "second-factor-locked"] as const,

      isSecondFactorFor: (tx: Database, userId: string) => storeIn(tx).isEnabled(userId),

      /** What somebody began who knew the old password must not be finished under the new one. */
      onCredentialChange: (tx: Database, user: AnyUser) => storeIn(tx).dropPending(user.id),

      forget: (tx: Database, userId: string) => storeIn(tx).deleteOf(userId),

      async exportOf(tx: Database, userId: string) {
        return { enabledAt: (await storeIn(tx).find(userId))?.row.enabledAt ?? null };
      },

      operations: {
        /** Whether the user has an authenticator app, since when, and whether one is being set up. */
        async state(_visitor: Visitor, { session }: SignedIn) {
          const found = await store.find(session.userId);
          const enabledAt = found?.row.secret ? found.row.enabledAt : null;
          return { enabledAt, isPending: found?.isPending ?? false };
        },

        /**
         * A new secret to put into an app, for the eyes of its owner and this once; it counts when `confirm` has seen
         * a code, and until then the app of before does. Refuses with `step_up_required` or `verified_email_required`.
         */
        async begin(visitor: Visitor, { session }: SignedIn): Promise<BeginTotpResult> {
          if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
          const user = await usersStore(core).findById(session.userId);
          if (!user?.emailVerifiedAt) return { ok: false, reason: "verified_email_required" };
          const secret = secretText(randomBytes(SECRET_BYTES));
          await transition(core, async (tx) => {
            const sealed = wrap(keys, secret, contextOf(user.id));
            await storeIn(tx).putPending(user.id, sealed, ENROLMENT);
            await audit(core, tx).record(visitor, {
              action: "totp.begun",
              subjectId: user.id,
              details: {},
            });
          });
          return { ok: true, secret, uri: enrolmentUri(secret, core.appName, user.email) };
        },

        /**
         * Makes the secret count, in place of an older one, and spends the code. This session has its second factor
         * then, under a new id; all others and all trusted browsers end. Refuses with `code_wrong`,
         * `enrolment_expired`, `step_up_required` or `rate_limited`.
         */
        async confirm(
          visitor: Visitor,
          { session, code }: SignedIn & { code: string },
        ): Promise<ConfirmTotpResult> {
          const { userId } = session;
          if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
          const found = await store.find(userId);
          if (!found?.isPending) return expired;
          const factor = { userId, method: "otp", aal: 2 } as const;
          const known = await tryFactor(core, visitor, factor, async () =>
            lookAtPending(found, code),
          );
          if (!known.ok) return known;
          const token = await enable(visitor, session, known.proof);
          if (!token) return expired;
          visitor.giveSession(token, session.persistent);
          return { ok: true };
        },

        /**
         * Whose code this is, for `auth.finishLogin` or `auth.stepUp`, which spend it. Refuses with `code_wrong`, also
         * for a code that worked before, or `rate_limited`.
         */
        verify(
          visitor: Visitor,
          { userId, code }: { userId: string; code: string },
        ): Promise<KnowsFactor> {
          return tryFactor(core, visitor, { userId, method: "otp", aal: 2 }, (tx) =>
            look(tx, userId, code),
          );
        },

        /** Takes the app away; other sessions and trusted browsers end. Refuses with `step_up_required` or `not_found`. */
        async disable(visitor: Visitor, { session }: SignedIn): Promise<DisableTotpResult> {
          if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
          const taken = await takeAway(visitor, session);
          if (!taken.ok) return taken;
          visitor.giveSession(taken.token, session.persistent);
          return { ok: true };
        },
      },
    } satisfies Feature;
  };
}

const notFound = { ok: false, reason: "not_found" } as const;
const stepUpFirst = { ok: false, reason: "step_up_required" } as const;
const expired = { ok: false, reason: "enrolment_expired" } as const;
