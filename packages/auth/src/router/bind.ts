import type { Feature } from "../core.ts";
import type { Visitor } from "../visitor.ts";
import { calmly } from "./calm.ts";
import { type RouteArgs, visitOf } from "./visit.ts";

/** A feature's operations as routes call them: with the arguments of the loader or action in the visitor's place. */
export type Bound<Operations> = {
  [Name in keyof Operations]: Operations[Name] extends (
    visitor: Visitor,
    ...rest: infer Rest
  ) => infer Result
    ? (args: RouteArgs, ...rest: Rest) => Result
    : never;
};

/** Gives operations their visitor, a deadline, and the calm 503 when the database is away. */
export function bind<Operations extends Feature["operations"]>(
  operations: Operations,
): Bound<Operations> {
  const bound = Object.entries(operations).map(([name, operation]) => [name, boundTo(operation)]);
  return Object.fromEntries(bound) as Bound<Operations>;
}

function boundTo(operation: (visitor: Visitor, ...rest: never[]) => Promise<unknown>) {
  return async (args: RouteArgs, ...rest: never[]): Promise<unknown> => {
    const visit = visitOf(args);
    const result = await calmly(visit, () => operation(visit.visitor, ...rest));
    if (isRefusal(result)) visit.refusal = result;
    if (hasOptions(result)) visit.options = result;
    return result;
  };
}

function isRefusal(result: unknown): result is { reason: string; retryAfterSeconds?: number } {
  return isObject(result) && "ok" in result && result.ok === false;
}

function hasOptions(result: unknown): result is object {
  return isObject(result) && "options" in result;
}

function isObject(result: unknown): result is object {
  return typeof result === "object" && result !== null;
}
