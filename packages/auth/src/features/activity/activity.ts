import type { Core, Feature } from "../../core.ts";
import { isUuid } from "../../database.ts";
import { deviceLabel } from "../../http/device.ts";
import type { Visitor } from "../../visitor.ts";
import type { AuditAction, AuditActions } from "../audit/actions.ts";
import { audit } from "../audit/audit.ts";
import type { EventRow } from "../audit/store.ts";
import type { Session } from "../sessions/sessions.ts";

/** One thing that happened to an account. Its `action` says which `details` it has, so that each gets a sentence. */
export type ActivityEvent = {
  [Action in AuditAction]: {
    action: Action;
    details: AuditActions[Action];
    id: string;
    at: Date;
    outcome: "success" | "failure";
    /** Whether it was the user who did it, and not a stranger or the house. */
    byUser: boolean;
    ip: string | null;
    /** "Firefox on Linux": words of ours only. */
    device: string;
  };
}[AuditAction];

export interface ActivityPage {
  events: ActivityEvent[];
  /** Where the next page begins; null when this is the last. */
  next: string | null;
}

const PAGE = 25;

/** The user's own events of the audit trail. */
export function activity() {
  return (core: Core) =>
    ({
      operations: {
        /** A page of what happened to the user's account, the newest first; the next from where the last one ended. */
        async list(
          _visitor: Visitor,
          { session, after }: { session: Session; after?: string | null },
        ): Promise<ActivityPage> {
          if (after && !isUuid(after)) return { events: [], next: null };
          const page = { count: PAGE + 1, ...(after && { before: after }) };
          const rows = await audit(core).of(session.userId, page);
          const last = rows.length > PAGE ? rows[PAGE - 1] : null;
          return { events: rows.slice(0, PAGE).map(told), next: last?.id ?? null };
        },
      },
    }) satisfies Feature;
}

function told({ id, at, action, outcome, details, subjectId, actorId, ip, userAgent }: EventRow) {
  const byUser = actorId === subjectId;
  const device = deviceLabel(userAgent);
  return { id, at, action, outcome, details, byUser, ip, device } as ActivityEvent;
}
