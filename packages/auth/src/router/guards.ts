import { data, type MiddlewareFunction, redirect } from "react-router";
import type { Core } from "../core.ts";
import type { Duration } from "../duration.ts";
import type { Current, Session } from "../features/sessions/sessions.ts";
import { hasSecondFactor, isFresh } from "../fresh-proof.ts";
import { safeReturnTo } from "../http/return-to.ts";
import type { Paths } from "../paths.ts";
import { readsOnlyJson } from "./answer.ts";
import { calmly } from "./calm.ts";
import { type RouteArgs, visitOf } from "./visit.ts";

/** What a route asks of whoever uses it, beyond being signed in. */
export interface Policy {
  /** Authenticator assurance level of NIST SP 800-63B: 2 asks for a second factor in this session. */
  aal?: 1 | 2;
  /** The visitor proved who they are at most this long ago, with a second factor if they have one. */
  maxAge?: Duration;
  verifiedEmail?: boolean;
  /** For the pages on the way to a second factor: lets in also who must have one and still has to set it up. */
  enrolling?: boolean;
}

/** What a guard returns: your own user type, and the session it came by. */
export interface Authed<User> {
  user: User;
  session: Session;
}

/** For a loader or action: who is signed in. Otherwise off to the missing step and back, or 401/403 for JSON clients. */
export interface RequireUser<User> {
  (args: RouteArgs, policy?: Policy): Promise<Authed<User>>;
  /** Wraps a loader or action, which gets `user` and `session` among its arguments. */
  <Args extends RouteArgs, Result>(
    handler: (args: Args & Authed<User>) => Result,
    policy?: Policy,
  ): (args: Args) => Promise<Awaited<Result>>;
}

type Missing = {
  reason:
    | "login_required"
    | "second_factor_required"
    | "step_up_required"
    | "verified_email_required";
  status: 401 | 403;
};

export function guards<User>(core: Core) {
  const { paths } = core;

  function requireUser(args: RouteArgs, policy?: Policy): Promise<Authed<User>>;
  function requireUser<Args extends RouteArgs, Result>(
    handler: (args: Args & Authed<User>) => Result,
    policy?: Policy,
  ): (args: Args) => Promise<Awaited<Result>>;
  function requireUser<Args extends RouteArgs, Result>(
    first: RouteArgs | ((args: Args & Authed<User>) => Result),
    policy: Policy = {},
  ) {
    if (typeof first !== "function") return enforce(first, policy);
    return async (args: Args) => first({ ...args, ...(await enforce(args, policy)) });
  }

  async function enforce(args: RouteArgs, policy: Policy): Promise<Authed<User>> {
    const current = await visitOf(args).current();
    if (!current) return sendAway(args, loginRequired);
    const missing = await calmly(visitOf(args), () => missingFrom(core, current, policy));
    if (missing) return sendAway(args, missing);
    return { user: current.user as User, session: current.session };
  }

  function sendAway(args: RouteArgs, missing: Missing): never {
    visitOf(args).refusal = { reason: missing.reason };
    if (readsOnlyJson(args.request))
      throw data({ reason: missing.reason }, { status: missing.status });
    throw redirect(withReturnTo(pathTo(missing, paths), pageOf(args, core.origin)));
  }

  return {
    requireUser: requireUser as RequireUser<User>,

    /** Who is signed in, or null, which is also whoever still has to set up the second factor they must have. */
    async getUser(args: RouteArgs): Promise<User | null> {
      const current = await visitOf(args).current();
      if (!current) return null;
      const missing = await calmly(visitOf(args), () => missingFrom(core, current, {}));
      return missing ? null : (current.user as User);
    },

    /** For the login page and its like: whoever is signed in already goes home. */
    async requireAnonymous(args: RouteArgs): Promise<void> {
      if (await visitOf(args).current()) throw redirect(paths.home);
    },

    /** `requireUser` for those who proved their email address. */
    requireVerifiedEmail(args: RouteArgs): Promise<Authed<User>> {
      return requireUser(args, { verifiedEmail: true });
    },

    /** Middleware for a layout: nothing below it runs for anybody else. The layout must have a loader. */
    guard(policy: Policy = {}): MiddlewareFunction<Response> {
      return async (args) => {
        await enforce(args, policy);
      };
    },
  };
}

const loginRequired: Missing = { reason: "login_required", status: 401 };

const factorRequired: Missing = { reason: "second_factor_required", status: 403 };
const stepUpRequired: Missing = { reason: "step_up_required", status: 403 };

/** What somebody who is signed in lacks, in the order in which they can get it. */
async function missingFrom(
  core: Core,
  current: Current,
  { verifiedEmail, enrolling, aal, maxAge }: Policy,
): Promise<Missing | null> {
  const { user, session } = current;
  if (verifiedEmail && !user.emailVerifiedAt) {
    return { reason: "verified_email_required", status: 403 };
  }
  // A session with a second factor owes none, so most requests cost no query here.
  const isWeak = session.aal < 2;
  if (isWeak && !enrolling && core.requiresSecondFactor(user)) {
    if (!(await hasSecondFactor(core, user.id))) return factorRequired;
  }
  if (isWeak && aal === 2) return lackOfFactor(core, user.id);
  const isStale = maxAge !== undefined && !(await isFresh(core, current, maxAge));
  return isStale ? stepUpRequired : null;
}

/** Nobody can step up to a factor they do not have. */
async function lackOfFactor(core: Core, userId: string): Promise<Missing> {
  const canStepUp = !core.house.offersSecondFactor() || (await hasSecondFactor(core, userId));
  return canStepUp ? stepUpRequired : factorRequired;
}

function pathTo({ reason }: Missing, paths: Paths): string {
  if (reason === "login_required") return paths.login;
  if (reason === "second_factor_required") return paths.twoFactor;
  return reason === "step_up_required" ? paths.stepUp : paths.verifyEmail;
}

function withReturnTo(path: string, page: string | null): string {
  const back = safeReturnTo(page);
  return back && back !== "/" ? `${path}?${new URLSearchParams({ returnTo: back })}` : path;
}

/** Only a page can be returned to: the body of a POST is gone, so that is the page whose form it was. */
function pageOf({ request, url }: RouteArgs, origin: string): string | null {
  if (request.method === "GET") return url.pathname + url.search;
  const referer = URL.parse(request.headers.get("Referer") ?? "");
  return referer?.origin === origin ? referer.pathname + referer.search : null;
}
