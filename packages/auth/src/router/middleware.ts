import { randomBytes } from "node:crypto";
import { data, type MiddlewareFunction } from "react-router";
import { seconds } from "../duration.ts";
import { AuthError } from "../errors.ts";
import { withDeadline } from "../failures.ts";
import type { Whence } from "../features/audit/audit.ts";
import type { Current } from "../features/sessions/sessions.ts";
import { isUnsafe, sameOriginProof } from "../http/same-origin.ts";
import { finishVisit, readsOnlyJson } from "./answer.ts";
import { calmly } from "./calm.ts";
import { type Visit, visitContext } from "./visit.ts";
import { readVisitor, type VisitorConfig } from "./visitor.ts";

/** An answer that is ready waits no longer for a new token. */
const EXCHANGE = seconds(2);

export interface Lookup {
  find(token: string | null, whence: Whence): Promise<Current | null>;
  successorOf(token: string, current: Current): Promise<string | null>;
}

/** Belongs on the root route, first. Proves the origin of unsafe requests, and lets routes ask who is there. */
export function authMiddleware(
  config: VisitorConfig,
  lookup: Lookup,
): MiddlewareFunction<Response> {
  return async ({ request, context }, next) => {
    const known = context.get(visitContext);
    // The same middleware on a nested route: the visit has begun already.
    if (known?.request === request) return next();
    if (known) throw contextReused();
    const visit = beginVisit(config, lookup, request);
    context.set(visitContext, visit);
    if (isForeign(request, config.origin)) return refuseForeign(visit);
    const answer = await next();
    // Last of all: from here on it takes a moment until the browser holds what it is given.
    await visit.exchangeToken();
    return finishVisit(visit, answer);
  };
}

function beginVisit(config: VisitorConfig, lookup: Lookup, request: Request): Visit {
  const { visitor, keepLinkToken, cookies } = readVisitor(config, request);
  let nonce: string | undefined;
  let memo: { token: string | null; found: Promise<Current | null> } | undefined;
  const visit: Visit = {
    request,
    visitor,
    keepLinkToken,
    get nonce() {
      nonce ??= randomBytes(16).toString("base64url");
      return nonce;
    },
    get nonceTaken() {
      return nonce !== undefined;
    },
    refusal: null,
    options: null,
    get cookies() {
      return cookies();
    },
    get asked() {
      return memo !== undefined;
    },
    current() {
      const token = visitor.sessionToken;
      // A session that was just given, renewed or ended is another one than was asked for before.
      if (memo?.token !== token)
        memo = { token, found: calmly(visit, () => lookup.find(token, visitor)) };
      return memo.found;
    },
    async exchangeToken() {
      const token = visitor.sessionToken;
      // Nobody asked, or the visitor was given another one just now, or has gone before the answer.
      if (!token || memo?.token !== token || request.signal.aborted) return;
      // The answer is ready and stays as it is, whatever happens here: there will be another request.
      const successor = await memo.found
        .then((current) => current && withDeadline(lookup.successorOf(token, current), EXCHANGE))
        .catch(() => null);
      if (successor) visitor.giveSession(successor, true);
    },
  };
  return visit;
}

/**
 * React Router checks the origin of UI routes only, and lets a missing one pass.
 * A bearer token needs no such proof: no browser attaches it by itself.
 */
function isForeign(request: Request, origin: string): boolean {
  if (!isUnsafe(request.method) || sameOriginProof(request, origin)) return false;
  return !/^bearer /i.test(request.headers.get("Authorization") ?? "");
}

function refuseForeign({ request }: Visit): Response {
  const refusal = { reason: "cross_site" };
  if (readsOnlyJson(request)) return Response.json(refusal, { status: 403 });
  throw data(refusal, { status: 403 });
}

function contextReused(): AuthError {
  return new AuthError(
    "ERR_AUTH_CONTEXT_REUSED",
    "One RouterContextProvider served two requests, so one visitor could have been taken for another. " +
      "Create a new one per request in getLoadContext.",
  );
}
