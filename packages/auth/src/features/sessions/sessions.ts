import { type Core, type Feature, transition } from "../../core.ts";
import { generateToken, hashToken } from "../../crypto/token.ts";
import { type Database, isUuid } from "../../database.ts";
import { mayChangeFactors } from "../../fresh-proof.ts";
import type { Method } from "../../proof.ts";
import type { Visitor } from "../../visitor.ts";
import { audit, type Whence } from "../audit/audit.ts";
import { sessionRotation } from "../session-rotation/session-rotation.ts";
import { naturalBatch } from "./batch.ts";
import { lastSeen } from "./last-seen.ts";
import { type Current, type Session, sessionsStore } from "./store.ts";

export type { Current, Session } from "./store.ts";

export interface ListedSession extends Session {
  place: string | null;
}

export interface NewSession {
  userId: string;
  amr: Method[];
  aal: 1 | 2;
  persistent: boolean;
}

/** What the house does with sessions. Only the front door starts one. */
export function sessions(core: Core, db: Database = core.db) {
  const store = sessionsStore(core, db);
  const keys = core.keys.for("token");
  const hash = (token: string) => hashToken(keys, "session", token);

  function newToken() {
    const token = generateToken(keys, "session");
    return { token, tokenHash: hash(token) as string };
  }

  return {
    /** A session row always means "fully signed in", which is why only `login` may call this. */
    async start(
      visitor: Pick<Visitor, "ip" | "userAgent" | "device">,
      session: NewSession,
    ): Promise<string> {
      const { token, tokenHash } = newToken();
      await store.insert({
        ...session,
        tokenHash,
        authenticatedAt: core.now,
        createdAt: core.now,
        lastSeenAt: core.now,
        ip: visitor.ip,
        userAgent: visitor.userAgent,
        device: visitor.device,
      });
      return token;
    },

    /** The same session under a new token: after a change of privilege the old one must be worth nothing. */
    async renew(id: string): Promise<string> {
      const { token, tokenHash } = newToken();
      await store.replaceToken(id, tokenHash);
      await sessionRotation(core, db)?.forgetRecent(id);
      return token;
    },

    stepUp: store.stepUp,
    stepDown: store.stepDown,

    async endByToken(token: string | null): Promise<{ id: string; userId: string } | null> {
      const tokenHash = token && hash(token);
      return tokenHash ? store.deleteByToken(tokenHash) : null;
    },

    isLive: store.isLive,
    list: store.list,
    endAll: store.deleteAll,
    deleteExpired: store.deleteExpired,
  };
}

/** Finds who is behind a session token; a forged one costs no query. */
export function sessionLookup(core: Core) {
  const keys = core.keys.for("token");
  const find = naturalBatch(sessionsStore(core).prepareFind());
  const seen = lastSeen(core);
  const rotation = sessionRotation(core);

  return {
    async find(token: string | null, whence?: Whence): Promise<Current | null> {
      const tokenHash = token && hashToken(keys, "session", token);
      if (!tokenHash) return null;
      const current =
        (await find(tokenHash)) ?? (await rotation?.findOlder(tokenHash, whence)) ?? null;
      if (current?.stale) seen.note(current.session.id);
      return current;
    },

    /** The token that the browser should hold instead of this one; null when it is to keep what it has. */
    async successorOf(token: string, current: Current): Promise<string | null> {
      if (current.successor) return current.successor;
      return (current.rotationDue && (await rotation?.rotate(token, current.session.id))) || null;
    },

    /** Writes down now what is usually written every few seconds. */
    flushLastSeen: seen.flush,
  };
}

interface StepUpFirst {
  ok: false;
  reason: "step_up_required";
}

export type RevokeResult = { ok: true } | { ok: false; reason: "not_found" } | StepUpFirst;
export type RevokeOthersResult = { ok: true; count: number } | StepUpFirst;
export type RevokeAllResult = { ok: true } | StepUpFirst;

/** What a signed-in user may do with her own sessions. OWASP ASVS 7.5.2 asks for a fresh proof before other ones end. */
export function sessionOperations(core: Core) {
  async function placeOf(ip: string | null): Promise<string | null> {
    // A list without places is better than none.
    return ip ? core.placeOf(ip).catch(() => null) : null;
  }

  return {
    operations: {
      /** The user's live sessions, the last active first, with the place of each where the app can tell. */
      async list(_visitor: Visitor, { session }: { session: Session }): Promise<ListedSession[]> {
        const live = await sessionsStore(core).list(session.userId);
        return Promise.all(live.map(async (one) => ({ ...one, place: await placeOf(one.ip) })));
      },

      /**
       * Ends one session of the same user. Refuses with `not_found`, which is also the answer for anybody else's, and
       * with `step_up_required` where it is not the session of this browser.
       */
      async revoke(
        visitor: Visitor,
        { session, id }: { session: Session; id: string },
      ): Promise<RevokeResult> {
        if (id !== session.id && !(await mayChangeFactors(core, visitor, session))) {
          return stepUpFirst;
        }
        return transition(core, async (tx) => {
          const store = sessionsStore(core, tx);
          const ended = isUuid(id) ? await store.deleteOne(session.userId, id) : false;
          if (!ended) return { ok: false, reason: "not_found" };
          const event = {
            action: "session.revoked",
            subjectId: session.userId,
            details: {},
          } as const;
          await audit(core, tx).record(visitor, event);
          return { ok: true };
        });
      },

      /**
       * Ends every other session of the user and the trust in every browser; says how many sessions there were. Refuses
       * with `step_up_required`.
       */
      async revokeOthers(
        visitor: Visitor,
        { session }: { session: Session },
      ): Promise<RevokeOthersResult> {
        if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
        return transition(core, async (tx) => {
          const count = await sessionsStore(core, tx).deleteAll(session.userId, session.id);
          await core.house.trustedDevices()?.forgetAll(tx, session.userId);
          await audit(core, tx).record(visitor, {
            action: "session.others-revoked",
            subjectId: session.userId,
            details: { count },
          });
          return { ok: true, count };
        });
      },

      /** Ends every session of the user, this one included, and the trust in every browser. Refuses with `step_up_required`. */
      async revokeAll(
        visitor: Visitor,
        { session }: { session: Session },
      ): Promise<RevokeAllResult> {
        if (!(await mayChangeFactors(core, visitor, session))) return stepUpFirst;
        await transition(core, async (tx) => {
          const count = await sessionsStore(core, tx).deleteAll(session.userId);
          await core.house.trustedDevices()?.forgetAll(tx, session.userId);
          await audit(core, tx).record(visitor, {
            action: "session.all-revoked",
            subjectId: session.userId,
            details: { count },
          });
        });
        visitor.dropSession();
        return { ok: true };
      },
    },
  } satisfies Feature;
}

const stepUpFirst: StepUpFirst = { ok: false, reason: "step_up_required" };
