import type { Core } from "../../core.ts";
import type { Database } from "../../database.ts";
import type { AuthEvent } from "../../events.ts";
import type { Visitor } from "../../visitor.ts";
import type { AuditAction, AuditActions } from "./actions.ts";
import { auditStore } from "./store.ts";

interface AuditEvent<Action extends AuditAction> {
  action: Action;
  /** Whom it happened to; null when nobody by that name is known. */
  subjectId: string | null;
  /** Who did it; the subject unless said otherwise. */
  actorId?: string | null;
  outcome?: "success" | "failure";
  details: AuditActions[Action];
}

/** From where, and in which request; a job of the house has no address. */
export type Whence = Pick<Visitor, "ip" | "userAgent" | "requestId">;

/** Writes in the transaction of the change it tells of, so neither exists without the other. */
export function audit(core: Core, db: Database = core.db) {
  const store = auditStore(core, db);

  return {
    /** From which addresses and browsers the user did this last, the newest first. */
    async recent(action: AuditAction, subjectId: string, count: number) {
      return store.recent(action, subjectId, count);
    },
    /** The events about a user, the newest first: a page of them, or all. */
    of: store.page,

    async record<Action extends AuditAction>(
      visitor: Whence,
      { action, subjectId, actorId, outcome = "success", details }: AuditEvent<Action>,
    ): Promise<void> {
      const who = { subjectId, actorId: actorId === undefined ? subjectId : actorId };
      await store.append({
        action,
        outcome,
        ...who,
        details: { ...details },
        at: core.now,
        ip: visitor.ip,
        userAgent: visitor.userAgent,
        requestId: visitor.requestId,
      });
      const { requestId } = visitor;
      core.telling.note(db, { ...who, action, outcome, details, requestId } as AuthEvent);
    },
  };
}
