import type { Database } from "./database.ts";
import type { AuditAction, AuditActions } from "./features/audit/actions.ts";

/** What happened, for telemetry: an audit event without the addresses and devices of people. Its `action` says which `details` it has. */
export type AuthEvent = {
  [Action in AuditAction]: {
    action: Action;
    details: AuditActions[Action];
    outcome: "success" | "failure";
    subjectId: string | null;
    actorId: string | null;
    requestId: string;
  };
}[AuditAction];

export type OnEvent = (event: AuthEvent) => unknown;

/** Holds what was written down in a transaction until it has committed, and tells it then: never what was rolled back. */
export interface Telling {
  note(tx: Database, event: AuthEvent): void;
  committed(tx: Database): void;
}

/** Tells the app; nothing it does with it changes an answer or is waited for. */
export function telling(onEvent: OnEvent, isTransaction: (db: Database) => boolean): Telling {
  const waiting = new WeakMap<Database, AuthEvent[]>();

  return {
    note(tx, event) {
      if (!isTransaction(tx)) return tell(event);
      waiting.set(tx, [...(waiting.get(tx) ?? []), event]);
    },
    committed(tx) {
      for (const event of waiting.get(tx) ?? []) tell(event);
    },
  };

  async function tell(event: AuthEvent): Promise<void> {
    try {
      await onEvent(event);
    } catch (error) {
      const { name } = error instanceof Error ? error : { name: "unknown" };
      console.error(`auth-rr: onEvent failed for ${event.action}: ${name}`);
    }
  }
}
