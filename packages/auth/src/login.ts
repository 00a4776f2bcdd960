import { type Core, type Give, transition } from "./core.ts";
import type { Database } from "./database.ts";
import { audit } from "./features/audit/audit.ts";
import { rateLimits } from "./features/rate-limits/rate-limits.ts";
import { type Session, sessions } from "./features/sessions/sessions.ts";
import { tokens } from "./features/tokens/tokens.ts";
import { usersStore } from "./features/users/store.ts";
import type { AnyUser } from "./features/users/table.ts";
import { safeReturnTo } from "./http/return-to.ts";
import type { Method, Proof } from "./proof.ts";
import type { Visitor } from "./visitor.ts";

export interface LoginOptions {
  /** "Keep me signed in". */
  persistent?: boolean;
  /** Where the visitor was going; anything that leads off this site is ignored. */
  returnTo?: string | null;
}

export type LoginResult =
  | { next: "session"; returnTo: string | null }
  | { next: "second-factor" }
  | { next: "verify-email" }
  | { next: "change-password" }
  | { next: "reactivate" }
  | { next: "refused"; reason: "account_disabled" | "proof_outdated" };

/** What the login or step-up page finds in its `?refused=`. */
export type Refused =
  | "account_disabled"
  | "challenge_expired"
  | "proof_outdated"
  | "stronger_factor_required";

/** What waits in the challenge row while the visitor looks for the second factor. */
interface Challenge {
  method: Method;
  persistent: boolean;
  returnTo: string | null;
}

/**
 * The front door. A feature says who the user is; this decides whether they come in.
 * Nothing else starts a session, so whatever must hold for every login is written here once.
 */
export async function login(
  core: Core,
  visitor: Visitor,
  proof: Proof,
  options: LoginOptions = {},
): Promise<LoginResult> {
  const { persistent = false } = options;
  const returnTo = safeReturnTo(options.returnTo);
  const result = await decide<LoginResult>(core, async (tx) => {
    // A factor that is just being set up must be seen here, or must end the session that this starts.
    await usersStore(core, tx).holdForLogin(proof.userId);
    const user = await usersStore(core, tx).findById(proof.userId);
    if (!user || user.disabledAt) return refuse(core, tx, visitor, user, "account_disabled");
    if (!(await stillHolds(tx, proof))) return refuse(core, tx, visitor, user, "proof_outdated");
    if (!user.emailVerifiedAt && core.unverifiedUsers === "block") {
      return proveMailboxFirst(core, tx, visitor, user);
    }
    const first = { method: proof.method, persistent, returnTo };
    const owed = proof.aal === 2 ? [] : await owedAfter(core, tx, user.id, proof.method);
    const trusted = owed.length > 0 ? await isTrusted(core, tx, visitor, user.id) : null;
    if (owed.length > 0 && !trusted) return challenge(core, tx, visitor, user, first);
    // A trusted browser spares the second factor and does not stand for it: the session says so.
    const session = { ...first, amr: [proof.method], trusted };
    return startSession(core, tx, visitor, user, { ...session, aal: proof.aal ?? 1 });
  });
  proof.done?.();
  return result;
}

/** The factors that may end a challenge: those the user has, else a code by mail, unless mail was the first factor. */
async function owedAfter(
  core: Core,
  tx: Database,
  userId: string,
  first: Method,
): Promise<string[]> {
  const owed = await core.house.secondFactorsOf(tx, userId);
  if (owed.length > 0 || first === "email") return owed;
  return core.house.mailFactorsOf(tx, userId);
}

async function isTrusted(core: Core, tx: Database, visitor: Visitor, userId: string) {
  return (await core.house.trustedDevices()?.isTrusted(tx, visitor, userId)) ?? null;
}

export type SecondFactorResult =
  | { next: "session"; returnTo: string | null }
  | { next: "change-password" }
  | { next: "reactivate" }
  | {
      next: "refused";
      reason:
        | "challenge_expired"
        | "account_disabled"
        | "proof_outdated"
        | "stronger_factor_required";
    };

export interface SecondFactorOptions {
  /** "Trust this browser": for a while its logins as this user owe no second factor. */
  trustDevice?: boolean;
}

const expired: Outcome<SecondFactorResult> = {
  result: { next: "refused", reason: "challenge_expired" },
};

/**
 * The second half of a login: the challenge of this browser is taken, once, and becomes a session.
 * The factor that calls this has verified its code or key for the same user before.
 */
export function finishSecondFactor(
  core: Core,
  visitor: Visitor,
  proof: Proof,
  { trustDevice = false }: SecondFactorOptions = {},
): Promise<SecondFactorResult> {
  return decide<SecondFactorResult>(core, async (tx) => {
    await usersStore(core, tx).holdForLogin(proof.userId);
    const taken = await tokens(core, tx).take("second-factor", visitor.challengeToken ?? "");
    if (taken?.userId !== proof.userId) return expired;
    const user = await usersStore(core, tx).findById(proof.userId);
    if (!user || user.disabledAt) return refuse(core, tx, visitor, user, "account_disabled");
    const first = taken.details as unknown as Challenge;
    if (!(await mayFinish(core, tx, first, proof))) {
      return refuse(core, tx, visitor, user, "stronger_factor_required");
    }
    if (!(await stillHolds(tx, proof))) return refuse(core, tx, visitor, user, "proof_outdated");
    const amr = [first.method, proof.method];
    const session = { ...first, amr, aal: aalOf(proof) };
    return startSession(core, tx, visitor, user, { ...session, trustDevice });
  });
}

/** Two things of one kind are one factor; and whoever reads the mail can reset the password, so mail is the weakest. */
async function mayFinish(core: Core, tx: Database, first: Challenge, proof: Proof) {
  const { userId, method } = proof;
  // A passkey may end what it began only with the user verification it lacked before.
  if (method !== "email") return first.method !== method || proof.aal === 2;
  return first.method !== "email" && (await core.house.secondFactorsOf(tx, userId)).length === 0;
}

function aalOf({ method }: Proof): 1 | 2 {
  return method === "email" ? 1 : 2;
}

async function trust(core: Core, tx: Database, visitor: Visitor, userId: string) {
  return (await core.house.trustedDevices()?.trust(tx, visitor, userId)) ?? null;
}

export type StepUpResult =
  | { ok: true }
  | { ok: false; reason: "proof_outdated" | "stronger_factor_required" };

/**
 * Notes that the signed-in visitor has just proven again who they are, and gives the session a new id.
 * Refuses with `stronger_factor_required` a first factor of somebody who has a second, and with `proof_outdated` a
 * proof that holds no longer.
 */
export async function stepUp(
  core: Core,
  visitor: Visitor,
  session: Session,
  proof: Proof,
): Promise<StepUpResult> {
  if (proof.userId !== session.userId) return { ok: false, reason: "proof_outdated" };
  return decide<StepUpResult>(core, async (tx) => {
    await usersStore(core, tx).holdForLogin(session.userId);
    if (!(await stillHolds(tx, proof))) return { result: { ok: false, reason: "proof_outdated" } };
    const strong = proof.aal === 2;
    if (!strong && (await core.house.secondFactorsOf(tx, session.userId)).length > 0) {
      return { result: { ok: false, reason: "stronger_factor_required" } };
    }
    await sessions(core, tx).stepUp(session.id, proof.aal ?? 1);
    await audit(core, tx).record(visitor, {
      action: "session.stepped-up",
      subjectId: session.userId,
      details: { method: proof.method },
    });
    const token = await sessions(core, tx).renew(session.id);
    const give = () => visitor.giveSession(token, session.persistent);
    return { result: { ok: true }, give };
  });
}

/** Who owes a second factor in this browser, or null. Looks without touching. */
export async function challengedUser(core: Core, visitor: Visitor): Promise<string | null> {
  const row = await tokens(core).find("second-factor", visitor.challengeToken ?? "");
  return row?.userId ?? null;
}

/** What this user may show next: the factors that end the challenge of this browser, or that step a session up. */
export async function acceptedFactors(
  core: Core,
  visitor: Visitor,
  userId: string,
): Promise<string[]> {
  const row = await tokens(core).find("second-factor", visitor.challengeToken ?? "");
  if (row?.userId !== userId) return core.house.secondFactorsOf(core.db, userId);
  return owedAfter(core, core.db, userId, (row.details as unknown as Challenge).method);
}

interface Outcome<Result> {
  result: Result;
  give?: Give;
}

async function decide<Result>(
  core: Core,
  work: (tx: Database) => Promise<Outcome<Result>>,
): Promise<Result> {
  const { result, give } = await transition(core, work);
  give?.();
  return result;
}

/** A password may have been changed since it was looked at. */
async function stillHolds(tx: Database, proof: Proof): Promise<boolean> {
  return proof.holds ? proof.holds(tx) : true;
}

async function refuse<
  Reason extends "account_disabled" | "proof_outdated" | "stronger_factor_required",
>(core: Core, tx: Database, visitor: Visitor, user: AnyUser | null, reason: Reason) {
  await audit(core, tx).record(visitor, {
    action: "login.refused",
    outcome: "failure",
    subjectId: user?.id ?? null,
    details: { reason },
  });
  return { result: { next: "refused", reason } as const };
}

async function proveMailboxFirst(core: Core, tx: Database, visitor: Visitor, user: AnyUser) {
  // Whoever registered somebody else's address must not be able to flood it by logging in.
  const mayMail = await rateLimits(core, tx).admitMail(user.email);
  if (mayMail.ok) await core.house.proveMailbox(tx, visitor, user);
  await audit(core, tx).record(visitor, {
    action: "login.refused",
    outcome: "failure",
    subjectId: user.id,
    details: { reason: "email_unverified" },
  });
  return { result: { next: "verify-email" } as const };
}

async function challenge(
  core: Core,
  tx: Database,
  visitor: Visitor,
  user: AnyUser,
  details: Challenge,
) {
  const { token } = await tokens(core, tx).issue({
    purpose: "second-factor",
    user,
    details: { ...details },
  });
  await audit(core, tx).record(visitor, {
    action: "login.challenged",
    subjectId: user.id,
    details: { method: details.method },
  });
  return { result: { next: "second-factor" } as const, give: () => visitor.giveChallenge(token) };
}

async function startSession(
  core: Core,
  tx: Database,
  visitor: Visitor,
  user: AnyUser,
  { amr, aal, persistent, returnTo, trusted, trustDevice }: NewLogin,
) {
  if (await core.house.mustReactivate(tx, user.id)) {
    return sendAside(core, tx, visitor, user, "reactivate");
  }
  if (await core.house.mustChangePassword(tx, user.id)) {
    return sendAside(core, tx, visitor, user, "change-password");
  }
  const give = trustDevice ? await trust(core, tx, visitor, user.id) : trusted;
  await core.house.noticeLogin(tx, visitor, user);
  // Whoever was signed in here before leaves: one browser, one session.
  await sessions(core, tx).endByToken(visitor.sessionToken);
  const token = await sessions(core, tx).start(visitor, { userId: user.id, amr, aal, persistent });
  await audit(core, tx).record(visitor, {
    action: "login.succeeded",
    subjectId: user.id,
    details: { amr: amr.join(" ") as Method, aal, persistent },
  });
  await core.hooks.onLogin?.(tx as never, user as never);
  return {
    result: { next: "session", returnTo } as const,
    give() {
      visitor.dropChallenge();
      visitor.giveSession(token, persistent);
      give?.();
    },
  };
}

interface NewLogin {
  amr: Method[];
  aal: 1 | 2;
  persistent: boolean;
  returnTo: string | null;
  /** The new cookie of the trusted browser this came from. */
  trusted?: Give | null;
  /** Whether this browser is to be trusted from now on. */
  trustDevice?: boolean;
}

/** What a login comes to when all was right but something must be done first, and the token that lets this browser do it. */
const ASIDE = {
  "change-password": { purpose: "reset-password", reason: "password_change_required" },
  reactivate: { purpose: "reactivate", reason: "account_closing" },
} as const;

/** No session yet: the visitor may do the one thing in this browser, and then log in. */
async function sendAside<Next extends keyof typeof ASIDE>(
  core: Core,
  tx: Database,
  visitor: Visitor,
  user: AnyUser,
  next: Next,
) {
  const { purpose, reason } = ASIDE[next];
  const { token } = await tokens(core, tx).issue({ purpose, user, details: { by: "login" } });
  await audit(core, tx).record(visitor, {
    action: "login.refused",
    outcome: "failure",
    subjectId: user.id,
    details: { reason },
  });
  return {
    result: { next },
    give() {
      visitor.dropChallenge();
      visitor.keepLinkToken(purpose, token);
    },
  };
}
