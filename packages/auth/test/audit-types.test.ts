import { expectTypeOf, it } from "vitest";
import type { AuditAction, AuditActions } from "../src/features/audit/actions.ts";
import type { audit } from "../src/features/audit/audit.ts";

/** The details of all actions that may hold free text, in which a secret could hide. */
type WithFreeText = {
  [Action in AuditAction]: FreeText<AuditActions[Action][keyof AuditActions[Action]]> extends never
    ? never
    : Action;
}[AuditAction];
type FreeText<Detail> = Detail extends number | boolean
  ? never
  : string extends Detail
    ? Detail
    : Detail extends string
      ? never
      : Detail;

/** The actions that would take any details at all, as `{}` does. */
type Loose = {
  [Action in AuditAction]: { token: "secret" } extends AuditActions[Action] ? Action : never;
}[AuditAction];

type Record = ReturnType<typeof audit>["record"];
declare const record: Record;

it("R157 no audit event has room for a text that could be a secret", () => {
  expectTypeOf<WithFreeText>().toEqualTypeOf<never>();
  expectTypeOf<Loose>().toEqualTypeOf<never>();
  // What the test would find: text, objects and lists are told from closed words, numbers and booleans.
  expectTypeOf<FreeText<"link" | 5 | boolean>>().toEqualTypeOf<never>();
  expectTypeOf<FreeText<string | 5>>().toEqualTypeOf<string>();
  expectTypeOf<FreeText<{ token: "a" }>>().toEqualTypeOf<{ token: "a" }>();
});

it("R157 a detail that an action does not have, or that is not one of its words, does not compile", () => {
  const whence = { ip: null, userAgent: null, requestId: "" };
  const event = { subjectId: null, outcome: "failure" } as const;
  const tries = () => [
    // @ts-expect-error: a password is no method.
    record(whence, { ...event, action: "login.failed", details: { method: "hunter2" } }),
    // @ts-expect-error: a token is no detail of a logout.
    record(whence, { ...event, action: "logout", details: { token: "secret" } }),
    // @ts-expect-error: no such action.
    record(whence, { ...event, action: "password.was", details: {} }),
  ];
  expectTypeOf(tries).toBeFunction();
});
