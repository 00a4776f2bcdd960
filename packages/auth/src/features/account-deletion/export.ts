import { type Core, transition } from "../../core.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { type Session, sessions } from "../sessions/sessions.ts";
import { usersStore } from "../users/store.ts";

/** What a user gets to read of themselves: no secret, no hash, nothing of anybody else. */
export interface ExportedUser {
  user: object;
  sessions: Session[];
  /** What happened to the account, the newest first. */
  activity: object[];
  /** By the name of each feature that knows something. */
  features: Record<string, unknown>;
  /** What the app's hook `onDataExport` added; null without one. */
  app: unknown;
}

/** Everything at one moment, and a line in the audit trail that it was read. */
export function exportOf(core: Core, visitor: Visitor, userId: string): Promise<ExportedUser> {
  return transition(core, async (tx) => {
    const user = await usersStore(core, tx).findById(userId);
    await audit(core, tx).record(visitor, {
      action: "account.exported",
      subjectId: userId,
      details: {},
    });
    return {
      user: user as object,
      sessions: await sessions(core, tx).list(userId),
      activity: await audit(core, tx).of(userId),
      features: await core.house.exportOf(tx, userId),
      app: (await core.hooks.onDataExport?.(tx as never, user as never)) ?? null,
    };
  });
}
