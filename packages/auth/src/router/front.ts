import { redirect, redirectDocument } from "react-router";
import { type Core, transition } from "../core.ts";
import { audit } from "../features/audit/audit.ts";
import { type Session, sessions } from "../features/sessions/sessions.ts";
import { safeReturnTo } from "../http/return-to.ts";
import {
  acceptedFactors,
  challengedUser,
  finishSecondFactor,
  type LoginOptions,
  login,
  type SecondFactorOptions,
  stepUp,
} from "../login.ts";
import type { Proof } from "../proof.ts";
import { calmly } from "./calm.ts";
import { type RouteArgs, visitOf } from "./visit.ts";

/** The front door as routes use it: each answer is a redirect, its cookies are set by the middleware. */
export function front(core: Core) {
  const { paths } = core;

  return {
    /** Lets in whom a first factor has proven, or sends them to what is missing: second factor, verification, refusal. */
    async login(args: RouteArgs, proof: Proof, options?: LoginOptions): Promise<Response> {
      const visit = visitOf(args);
      const result = await calmly(visit, () => login(core, visit.visitor, proof, options));
      if (result.next === "session") return redirect(result.returnTo ?? paths.home);
      if (result.next === "second-factor") return redirect(paths.secondFactor);
      if (result.next === "verify-email") return redirect(paths.verifyEmail);
      if (result.next === "change-password") return redirect(paths.resetPassword);
      if (result.next === "reactivate") return redirect(paths.deleteAccount);
      return redirect(`${paths.login}?refused=${result.reason}`);
    },

    /** Whose second factor this browser owes, or null when no login waits for one. */
    challengedUser(args: RouteArgs): Promise<string | null> {
      const visit = visitOf(args);
      return calmly(visit, () => challengedUser(core, visit.visitor));
    },

    /**
     * The names, as in `features`, of what this user may show next: at `/login/second-factor` for the user who is
     * challenged there, at `/step-up` for the one who is signed in. Empty when a first factor is all they have.
     */
    secondFactors(args: RouteArgs, userId: string): Promise<string[]> {
      const visit = visitOf(args);
      return calmly(visit, () => acceptedFactors(core, visit.visitor, userId));
    },

    /** Ends the challenge of this browser in a session, for the user whose second factor was verified just now. */
    async finishLogin(
      args: RouteArgs,
      proof: Proof,
      options?: SecondFactorOptions,
    ): Promise<Response> {
      const visit = visitOf(args);
      const result = await calmly(visit, () =>
        finishSecondFactor(core, visit.visitor, proof, options),
      );
      if (result.next === "session") return redirect(result.returnTo ?? paths.home);
      if (result.next === "change-password") return redirect(paths.resetPassword);
      if (result.next === "reactivate") return redirect(paths.deleteAccount);
      return redirect(`${paths.login}?refused=${result.reason}`);
    },

    /** Back to the page that asked who this still is, once a factor has shown it; `/step-up` again if it was too weak. */
    async stepUp(
      args: RouteArgs,
      { session, proof, returnTo }: { session: Session; proof: Proof; returnTo?: string },
    ): Promise<Response> {
      const visit = visitOf(args);
      const result = await calmly(visit, () => stepUp(core, visit.visitor, session, proof));
      if (!result.ok) return redirect(`${paths.stepUp}?refused=${result.reason}`);
      return redirect(safeReturnTo(returnTo) ?? paths.home);
    },

    /** Ends this browser's session and reloads the document, so that nothing private stays in memory. */
    async logout(args: RouteArgs): Promise<Response> {
      const visit = visitOf(args);
      await calmly(visit, () => endSession(core, visit.visitor));
      visit.visitor.dropSession();
      return redirectDocument(paths.home);
    },
  };
}

function endSession(core: Core, visitor: Parameters<typeof login>[1]): Promise<void> {
  return transition(core, async (tx) => {
    const ended = await sessions(core, tx).endByToken(visitor.sessionToken);
    if (!ended) return;
    await audit(core, tx).record(visitor, {
      action: "logout",
      subjectId: ended.userId,
      details: {},
    });
  });
}
