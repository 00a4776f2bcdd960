import type { Core } from "./core.ts";
import type { Database } from "./database.ts";
import { type Duration, minutes } from "./duration.ts";
import { type Current, type Session, sessions } from "./features/sessions/sessions.ts";
import { usersStore } from "./features/users/store.ts";
import type { AnyUser } from "./features/users/table.ts";
import type { Visitor } from "./visitor.ts";

/** After a proof of who they are a user may change what protects the account for so long. */
const STEP_UP_WINDOW = minutes(10);

/**
 * Whether the visitor proved who they are at most `maxAge` ago, by a factor as strong as those they have: who has a
 * second factor did not prove it by a password alone, nor by a browser that is trusted.
 */
export async function isFresh(core: Core, current: Current, maxAge: Duration): Promise<boolean> {
  const { session, provenSecondsAgo } = current;
  if (provenSecondsAgo > maxAge) return false;
  return session.aal === 2 || !(await hasSecondFactor(core, session.userId));
}

/** Whether this session may change what protects the account; asked by the operations, so that no route can forget to. */
export async function mayChangeFactors(
  core: Core,
  visitor: Visitor,
  session: Session,
): Promise<boolean> {
  return (await freshUser(core, visitor, session)) !== null;
}

/** The user of this session, if they may change what protects the account just now; else null. */
export async function freshUser(
  core: Core,
  visitor: Visitor,
  session: Session,
): Promise<AnyUser | null> {
  const current = await core.findSession(visitor.sessionToken, visitor);
  if (current?.session.id !== session.id) return null;
  return (await isFresh(core, current, STEP_UP_WINDOW)) ? current.user : null;
}

/**
 * Asked first in the transaction of a change: waits for whoever else changes this account, and says whether the session
 * outlived them. It did not if the owner took the account back meanwhile.
 */
export async function holdWhileLive(core: Core, tx: Database, session: Session): Promise<boolean> {
  await usersStore(core, tx).holdForChange(session.userId);
  return sessions(core, tx).isLive(session.id);
}

/** Whether the user has a second factor that counts everywhere. */
export async function hasSecondFactor(core: Core, userId: string): Promise<boolean> {
  return (await core.house.secondFactorsOf(core.db, userId)).length > 0;
}
