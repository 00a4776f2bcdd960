import { type Core, transition } from "../../core.ts";
import { generateToken, hashToken } from "../../crypto/token.ts";
import { unwrap, wrap } from "../../crypto/wrap.ts";
import type { Database } from "../../database.ts";
import { seconds } from "../../duration.ts";
import { notify } from "../../notify.ts";
import { audit, type Whence } from "../audit/audit.ts";
import { type Current, sessionsStore } from "../sessions/store.ts";
import { type Older, rotationStore } from "./store.ts";

/** What was on its way with the old token has arrived by then; the most that the checks allow. */
const GRACE = seconds(30);

/** A job of the house that found a token without a request. */
const NOWHERE: Whence = { ip: null, userAgent: null, requestId: "none" };

/** Exchanges the tokens of sessions, and finds out who still holds an old one; null where the app has no table for it. */
export function sessionRotation(core: Core, db: Database = core.db) {
  const { rotatedTokens } = core;
  if (!rotatedTokens) return null;
  const storeIn = (tx: Database) => rotationStore(core, rotatedTokens, { db: tx, grace: GRACE });
  const keys = core.keys.for("token");
  const seals = core.keys.for("seal");
  const contextOf = (tokenHash: string) => `session successor\0${tokenHash}`;
  const opened = (tokenHash: string, { successor }: Older) =>
    (successor && unwrap(seals, successor, contextOf(tokenHash))?.text) || null;

  /** Two hold tokens of one session, and one of them is not its owner: it ends for both. Of many that find out one tells. */
  function end({ session, user }: Current, whence: Whence): Promise<void> {
    return transition(core, async (tx) => {
      if (!(await sessionsStore(core, tx).deleteOne(user.id, session.id))) return;
      const from = { device: session.device, ip: whence.ip };
      await notify(core, tx, from, { kind: "session-reused", user, says: {} });
      await audit(core, tx).record(whence, {
        action: "session.reuse-detected",
        outcome: "failure",
        subjectId: user.id,
        actorId: null,
        details: {},
      });
    });
  }

  return {
    /** Who is behind a token that was exchanged a moment ago, with what it was exchanged for. If it was longer ago the session ends. */
    async findOlder(tokenHash: string, whence: Whence = NOWHERE): Promise<Current | null> {
      const older = await storeIn(db).find(tokenHash);
      if (!older) return null;
      if (!older.isRecent) {
        await end(older.current, whence);
        return null;
      }
      const successor = opened(tokenHash, older);
      return { ...older.current, ...(successor && { successor }) };
    },

    /** The token to hold from now on: of many requests at once all get the same. Null when the session has ended or was renewed. */
    async rotate(token: string, sessionId: string): Promise<string | null> {
      const old = hashToken(keys, "session", token) as string;
      const successor = generateToken(keys, "session");
      const exchanged = await transition(core, (tx) =>
        storeIn(tx).exchange(sessionId, old, {
          tokenHash: hashToken(keys, "session", successor) as string,
          sealed: wrap(seals, successor, contextOf(old)),
        }),
      );
      if (exchanged) return successor;
      const older = await storeIn(db).find(old);
      return older && opened(old, older);
    },

    /** After a change of privilege what was held a moment ago is worth nothing, as what is held now. */
    forgetRecent: (sessionId: string) => storeIn(db).forgetRecent(sessionId),

    /** Nobody may ask for them any more. */
    forgetSuccessors: () => storeIn(db).forgetSuccessors(),
  };
}
