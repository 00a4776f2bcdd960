import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Core } from "../../core.ts";
import { before, type Database } from "../../database.ts";
import type { Duration } from "../../duration.ts";
import { type Current, living } from "../sessions/store.ts";
import type { RotatedTokensTable } from "./table.ts";

export interface Older {
  current: Current;
  /** Exchanged so short a time ago that other requests of the same browser may still carry it. */
  isRecent: boolean;
  successor: string | null;
}

export function rotationStore(
  core: Core,
  rotated: RotatedTokensTable,
  { db, grace }: { db: Database; grace: Duration },
) {
  const { sessions, users, now } = core;
  const isRecent = sql<boolean>`${rotated.rotatedAt} > ${before(now, grace)}`;

  return {
    /** Exchanges the token of a session, once: of many at the same time one succeeds. */
    async exchange(id: string, old: string, next: { tokenHash: string; sealed: string }) {
      const held = and(eq(sessions.id, id), eq(sessions.tokenHash, old));
      const exchanged = await db
        .update(sessions)
        .set({ tokenHash: next.tokenHash, tokenSince: now })
        .where(held)
        .returning({ id: sessions.id });
      if (exchanged.length === 0) return false;
      const row = { tokenHash: old, sessionId: id, rotatedAt: now, successor: next.sealed };
      await db.insert(rotated).values(row);
      return true;
    },

    /** Whose session had this token before, if it lives. */
    async find(tokenHash: string): Promise<Older | null> {
      const { live, current } = living(core);
      const [found] = await db
        .select({ ...current, isRecent, successor: rotated.successor })
        .from(sessions)
        .innerJoin(rotated, eq(rotated.sessionId, sessions.id))
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(eq(rotated.tokenHash, tokenHash), live, isNull(users.disabledAt)))
        .prepare(core.statementName("older session"))
        .execute();
      if (!found) return null;
      const { isRecent: recent, successor, ...rest } = found;
      return { current: rest as unknown as Current, isRecent: recent, successor };
    },

    async forgetRecent(sessionId: string): Promise<void> {
      await db.delete(rotated).where(and(eq(rotated.sessionId, sessionId), isRecent));
    },

    async forgetSuccessors(): Promise<void> {
      await db
        .update(rotated)
        .set({ successor: null })
        .where(and(isNotNull(rotated.successor), sql`not ${isRecent}`));
    },
  };
}
