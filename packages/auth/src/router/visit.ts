import { createContext, type RouterContextProvider } from "react-router";
import { AuthError } from "../errors.ts";
import type { Current } from "../features/sessions/sessions.ts";
import type { TokenPurpose } from "../features/tokens/purposes.ts";
import type { Visitor } from "../visitor.ts";

/** The part of a loader's, action's or middleware's arguments that we need. */
export interface RouteArgs {
  request: Request;
  url: URL;
  context: Readonly<RouterContextProvider>;
}

/** What one request knows of its visitor, and what the answer must carry. Lives on the router's context. */
export interface Visit {
  readonly request: Request;
  readonly visitor: Visitor;
  readonly nonce: string;
  /** Whether the page took the nonce for its scripts, and so can do without all others. */
  readonly nonceTaken: boolean;
  /** Set-Cookie lines for the answer. */
  readonly cookies: readonly string[];
  /** Who is signed in. Asked at most once per request, and only if somebody wants to know. */
  current(): Promise<Current | null>;
  /** Gives the browser another session token when it is due. */
  exchangeToken(): Promise<void>;
  /** Whether anybody wanted to know, so that no cache keeps the answer. */
  readonly asked: boolean;
  /** The token of a link that was just opened waits in a cookie until its button is pressed. */
  keepLinkToken(purpose: TokenPurpose, token: string): void;
  /** Why the request was refused, for clients that read only JSON. */
  refusal: { reason: string; retryAfterSeconds?: number } | null;
  /** What the browser must be asked with, for the same clients. */
  options: object | null;
}

export const visitContext = createContext<Visit | null>(null);

/** The visit of this request; an `AuthError` when the middleware did not run for it. */
export function visitOf({ context }: Pick<RouteArgs, "context">): Visit {
  const visit = typeof context?.get === "function" ? context.get(visitContext) : null;
  if (visit) return visit;
  throw new AuthError(
    "ERR_AUTH_MIDDLEWARE_MISSING",
    "auth.middleware did not run for this route, so nobody can be signed in and nothing is guarded. " +
      "Add `export const middleware = [auth.middleware]` to app/root.tsx; " +
      "React Router 7 also needs `future: { v8_middleware: true }` in react-router.config.ts.",
  );
}
