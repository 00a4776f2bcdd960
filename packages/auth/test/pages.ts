import { data, redirect } from "react-router";
import { minutes } from "../src/duration.ts";
import type { RouteArgs } from "../src/router/visit.ts";
import type { openHouse } from "./house.ts";
import { type SiteRoute, site } from "./site.ts";

type House = Pick<Awaited<ReturnType<typeof openHouse>>, "auth">;

/** Which status a page answers a refusal with. */
function refused(result: { reason: string }, status = 400) {
  return data(result, { status: result.reason === "rate_limited" ? 429 : status });
}

/** The pages of spec'd paths in their barest form, as an app would write them. */
export function pages({ auth }: House, more: Record<string, SiteRoute> = {}) {
  const guarded: Record<string, SiteRoute> = {
    secret: {
      path: "secret",
      loader: async (args: RouteArgs) => ({ secret: (await auth.requireUser(args)).user.email }),
      action: async (args: RouteArgs) => {
        await auth.requireUser(args);
        return { did: "it" };
      },
    },
    unsaid: {
      path: "unsaid",
      loader: () => ({ secret: "behind the layout alone" }),
      action: () => ({ did: "it" }),
    },
    still: { path: "still" },
    resource: {
      path: "resource",
      page: false,
      loader: () => Response.json({ secret: "resource" }),
      action: () => Response.json({ did: "it" }),
    },
    deep: {
      path: "deep",
      loader: () => ({ deep: true }),
      children: {
        deeper: { path: "er", loader: () => ({ secret: "deeper" }), action: () => ({ did: "it" }) },
      },
    },
  };

  return site({
    path: "",
    middleware: [auth.securityHeaders, auth.middleware],
    children: {
      home: {
        path: "/",
        loader: async (args: RouteArgs) => ({ email: (await auth.getUser(args))?.email ?? null }),
      },
      public: { path: "public", loader: () => ({ open: true }) },
      register: {
        path: "register",
        action: async (args: RouteArgs) => {
          const { email, password } = await auth.readForm(args, ["email", "password"]);
          const result = await auth.passwords.register(args, { email, password, fields: {} });
          return result.ok ? redirect("/verify-email") : refused(result);
        },
      },
      "verify-email": {
        path: "verify-email",
        loader: async (args: RouteArgs) => {
          await auth.receiveToken(args, "verify-email");
          return auth.emailVerification.state(args);
        },
        action: async (args: RouteArgs) => {
          const { intent, password, code } = await auth.readForm(args, [
            "intent",
            "password",
            "code",
          ]);
          if (intent === "resend") {
            const sent = await auth.emailVerification.resend(args);
            return sent.ok ? redirect("/verify-email?notice=sent") : refused(sent);
          }
          const result =
            intent === "code"
              ? await auth.emailVerification.confirmWithCode(args, { code })
              : password
                ? await auth.emailVerification.confirmWithPassword(args, { password })
                : await auth.emailVerification.confirm(args);
          return result.ok ? auth.login(args, result.proof) : refused(result);
        },
      },
      login: {
        path: "login",
        loader: async (args: RouteArgs) => {
          await auth.requireAnonymous(args);
          return { refused: args.url.searchParams.get("refused") };
        },
        action: async (args: RouteArgs) => {
          const form = await auth.readForm(args, ["email", "password", "remember", "returnTo"]);
          const result = await auth.passwords.verify(args, form);
          if (!result.ok) return refused(result, 401);
          return auth.login(args, result.proof, {
            persistent: form.remember === "on",
            returnTo: form.returnTo,
          });
        },
      },
      "second-factor": {
        path: "login/second-factor",
        loader: async (args: RouteArgs) => {
          const userId = await auth.challengedUser(args);
          const factors = userId ? await auth.secondFactors(args, userId) : [];
          return { waiting: userId !== null, factors };
        },
        action: async (args: RouteArgs) => {
          const form = await auth.readForm(args, ["intent", "code", "response", "trustDevice"]);
          const { intent, code, response } = form;
          const userId = await auth.challengedUser(args);
          if (!userId) return redirect("/login?refused=challenge_expired");
          if (intent === "request-email-code") {
            const sent = await auth.emailCodes.requestFactor(args, { userId });
            return sent.ok ? { sent: true } : refused(sent);
          }
          if (intent === "passkey-options") {
            const asked = await auth.passkeys.factorOptions(args, { userId });
            return asked.ok ? asked : refused(asked);
          }
          if (intent === "passkey") {
            const known = await auth.passkeys.verifyFactor(args, { userId, response });
            return known.ok ? auth.finishLogin(args, known.proof) : refused(known);
          }
          const verify = { totp: auth.totp.verify, "backup-code": auth.backupCodes.verify };
          const ways = { ...verify, "email-code": auth.emailCodes.verifyFactor };
          if (Object.hasOwn(ways, intent)) {
            const result = await ways[intent as keyof typeof ways](args, { userId, code });
            const trustDevice = form.trustDevice === "on";
            return result.ok
              ? auth.finishLogin(args, result.proof, { trustDevice })
              : refused(result);
          }
          if (!(await auth.fakeFactor.verify(args, { code }))) {
            return refused({ reason: "code_wrong" });
          }
          return auth.finishLogin(args, { userId, method: "otp" });
        },
      },
      "step-up": {
        path: "step-up",
        loader: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args, { enrolling: true });
          return { factors: await auth.secondFactors(args, session.userId) };
        },
        action: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args, { enrolling: true });
          const { intent, password, code, response, returnTo } = await auth.readForm(args, [
            ...(["intent", "password", "code", "response", "returnTo"] as const),
          ]);
          const { userId } = session;
          if (intent === "passkey-options") {
            const asked = await auth.passkeys.factorOptions(args, { userId });
            return asked.ok ? asked : refused(asked);
          }
          const result =
            intent === "passkey"
              ? await auth.passkeys.verifyFactor(args, { userId, response })
              : intent === "totp"
                ? await auth.totp.verify(args, { userId, code })
                : intent === "backup-code"
                  ? await auth.backupCodes.verify(args, { userId, code })
                  : await auth.passwords.prove(args, { session, password });
          return result.ok
            ? auth.stepUp(args, { session, proof: result.proof, returnTo })
            : refused(result, 401);
        },
      },
      logout: {
        path: "logout",
        loader: () => null,
        action: (args: RouteArgs) => auth.logout(args),
      },
      "forgot-password": {
        path: "forgot-password",
        action: async (args: RouteArgs) => {
          const result = await auth.passwordReset.request(
            args,
            await auth.readForm(args, ["email"]),
          );
          return result.ok ? { sent: true } : refused(result);
        },
      },
      "reset-password": {
        path: "reset-password",
        loader: async (args: RouteArgs) => {
          await auth.receiveToken(args, "reset-password");
          return auth.passwordReset.state(args);
        },
        action: async (args: RouteArgs) => {
          const result = await auth.passwordReset.reset(
            args,
            await auth.readForm(args, ["password"]),
          );
          return result.ok ? redirect("/login?notice=reset") : refused(result);
        },
      },
      "settings/password": {
        path: "settings/password",
        loader: async (args: RouteArgs) =>
          auth.passwords.state(args, { session: (await auth.requireUser(args)).session }),
        action: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args);
          const { intent, ...form } = await auth.readForm(args, [
            ...(["intent", "currentPassword", "newPassword"] as const),
          ]);
          const result =
            intent === "set"
              ? await auth.passwords.set(args, { session, ...form })
              : await auth.passwords.change(args, { session, ...form });
          return result.ok ? redirect("/settings/password?notice=changed") : refused(result);
        },
      },
      "settings/two-factor": {
        path: "settings/two-factor",
        loader: async (args: RouteArgs) =>
          auth.totp.state(args, {
            session: (await auth.requireUser(args, { enrolling: true })).session,
          }),
        action: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args, { enrolling: true });
          const { intent, code } = await auth.readForm(args, ["intent", "code"]);
          if (intent === "enroll") {
            const begun = await auth.totp.begin(args, { session });
            return begun.ok ? begun : refused(begun, 403);
          }
          const result =
            intent === "confirm"
              ? await auth.totp.confirm(args, { session, code })
              : await auth.totp.disable(args, { session });
          return result.ok ? redirect("/settings/two-factor") : refused(result);
        },
      },
      "settings/backup-codes": {
        path: "settings/backup-codes",
        loader: async (args: RouteArgs) =>
          auth.backupCodes.state(args, { session: (await auth.requireUser(args)).session }),
        action: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args);
          await auth.readForm(args, ["intent"]);
          const result = await auth.backupCodes.regenerate(args, { session });
          return result.ok ? result : refused(result, 403);
        },
      },
      "settings/trusted-devices": {
        path: "settings/trusted-devices",
        loader: async (args: RouteArgs) =>
          auth.trustedDevices.list(args, { session: (await auth.requireUser(args)).session }),
        action: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args);
          const { id } = await auth.readForm(args, ["intent", "id"]);
          const result = await auth.trustedDevices.forget(args, { session, id });
          return result.ok ? { ok: true } : refused(result, 404);
        },
      },
      "login/passkey": {
        path: "login/passkey",
        page: false,
        action: async (args: RouteArgs) => {
          const { intent, email, response } = await auth.readForm(args, [
            ...(["intent", "email", "response"] as const),
          ]);
          const json = (body: object, status = 200) => Response.json(body, { status });
          if (intent === "options") {
            const asked = await auth.passkeys.loginOptions(args, { email });
            return json(asked, asked.ok ? 200 : 400);
          }
          const result = await auth.passkeys.verify(args, { response });
          return result.ok ? auth.login(args, result.proof) : json(result, 401);
        },
      },
      "register/passkey": {
        path: "register/passkey",
        page: false,
        action: async (args: RouteArgs) => {
          const { intent, email, response } = await auth.readForm(args, [
            ...(["intent", "email", "response"] as const),
          ]);
          const json = (body: object, status = 200) => Response.json(body, { status });
          if (intent === "options") {
            const asked = await auth.passkeys.signUpOptions(args, { email });
            return json(asked, asked.ok ? 200 : 400);
          }
          const result = await auth.passkeys.signUp(args, { response, fields: {} });
          return result.ok ? redirect("/verify-email") : json(result, 400);
        },
      },
      "settings/passkeys": {
        path: "settings/passkeys",
        loader: async (args: RouteArgs) =>
          auth.passkeys.list(args, { session: (await auth.requireUser(args)).session }),
        action: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args, { enrolling: true });
          const { intent, id, name, response } = await auth.readForm(args, [
            ...(["intent", "id", "name", "response"] as const),
          ]);
          const { passkeys } = auth;
          if (intent === "options") {
            const asked = await passkeys.registerOptions(args, { session });
            return asked.ok ? asked : refused(asked);
          }
          const result =
            intent === "register"
              ? await passkeys.register(args, { session, response, name })
              : intent === "rename"
                ? await passkeys.rename(args, { session, id, name })
                : await passkeys.remove(args, { session, id });
          return result.ok ? { ok: true } : refused(result);
        },
      },
      "login/email-code": {
        path: "login/email-code",
        action: async (args: RouteArgs) => {
          const form = await auth.readForm(args, ["intent", "email", "code"]);
          if (form.intent === "request") {
            const sent = await auth.emailCodes.request(args, form);
            return sent.ok ? { sent: true } : refused(sent);
          }
          const result = await auth.emailCodes.verify(args, form);
          return result.ok ? auth.login(args, result.proof) : refused(result);
        },
      },
      "login/magic-link": {
        path: "login/magic-link",
        loader: async (args: RouteArgs) => {
          await auth.receiveToken(args, "magic-link");
          return auth.magicLinks.state(args);
        },
        action: async (args: RouteArgs) => {
          const form = await auth.readForm(args, ["intent", "email", "returnTo"]);
          if (form.intent === "request") {
            const sent = await auth.magicLinks.request(args, form);
            return sent.ok ? { sent: true } : refused(sent);
          }
          const result = await auth.magicLinks.confirm(args);
          if (!result.ok) return refused(result);
          return auth.login(args, result.proof, { returnTo: result.returnTo });
        },
      },
      "settings/email": {
        path: "settings/email",
        loader: async (args: RouteArgs) =>
          auth.emailChange.state(args, { session: (await auth.requireUser(args)).session }),
        action: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args);
          const { intent, email } = await auth.readForm(args, ["intent", "email"]);
          const result =
            intent === "cancel"
              ? await auth.emailChange.cancel(args, { session })
              : await auth.emailChange.request(args, { session, email });
          return result.ok ? redirect("/settings/email") : refused(result);
        },
      },
      "settings/email/confirm": {
        path: "settings/email/confirm",
        loader: async (args: RouteArgs) => {
          await auth.receiveToken(args, "confirm-email");
          const { session } = await auth.requireUser(args);
          return auth.emailChange.confirmState(args, { session });
        },
        action: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args);
          await auth.readForm(args, ["intent"]);
          const result = await auth.emailChange.confirm(args, { session });
          return result.ok ? redirect("/settings/email") : refused(result);
        },
      },
      "settings/email/cancel": {
        path: "settings/email/cancel",
        loader: async (args: RouteArgs) => {
          await auth.receiveToken(args, "cancel-email");
          return auth.emailChange.cancelState(args);
        },
        action: async (args: RouteArgs) => {
          await auth.readForm(args, ["intent"]);
          const result = await auth.emailChange.cancelByLink(args);
          return result.ok ? { cancelled: true } : refused(result);
        },
      },
      "not-me": {
        path: "not-me",
        loader: async (args: RouteArgs) => {
          await auth.receiveToken(args, "disown");
          return auth.notices.state(args);
        },
        action: async (args: RouteArgs) => {
          await auth.readForm(args, ["intent"]);
          const result = await auth.notices.disown(args);
          return result.ok ? { disowned: true } : refused(result);
        },
      },
      "settings/sessions": {
        path: "settings/sessions",
        loader: auth.requireUser(async ({ session, ...args }: RouteArgs & { session: never }) =>
          auth.sessions.list(args, { session }),
        ),
        action: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args);
          const { intent, id } = await auth.readForm(args, ["intent", "id"]);
          if (intent === "revoke-all") {
            const ended = await auth.sessions.revokeAll(args, { session });
            return ended.ok ? redirect("/login") : refused(ended, 403);
          }
          if (intent === "revoke-others") {
            const ended = await auth.sessions.revokeOthers(args, { session });
            return ended.ok ? { count: ended.count } : refused(ended, 403);
          }
          const result = await auth.sessions.revoke(args, { session, id });
          if (result.ok) return { ok: true };
          return refused(result, result.reason === "not_found" ? 404 : 403);
        },
      },
      "settings/delete-account": {
        path: "settings/delete-account",
        loader: async (args: RouteArgs) => {
          const closing = await auth.accountDeletion.state(args);
          if (!closing) await auth.requireUser(args);
          return closing;
        },
        action: async (args: RouteArgs) => {
          const { intent } = await auth.readForm(args, ["intent"]);
          if (intent === "cancel") {
            const result = await auth.accountDeletion.cancel(args);
            return redirect(
              `/login?${result.ok ? "notice=reactivated" : `refused=${result.reason}`}`,
            );
          }
          const { session } = await auth.requireUser(args);
          if (intent === "export") {
            const result = await auth.accountDeletion.exportData(args, { session });
            return result.ok ? result : refused(result, 403);
          }
          const result = await auth.accountDeletion.schedule(args, { session });
          return result.ok ? redirect("/login?notice=deletion_scheduled") : refused(result, 403);
        },
      },
      "settings/activity": {
        path: "settings/activity",
        loader: async (args: RouteArgs) => {
          const { session } = await auth.requireUser(args);
          return auth.activity.list(args, { session, after: args.url.searchParams.get("after") });
        },
      },
      guarded: { middleware: [auth.guard()], loader: () => null, children: guarded },
      fresh: {
        path: "fresh",
        loader: async (args: RouteArgs) => {
          await auth.requireUser(args, { maxAge: minutes(10) });
          return { secret: "fresh" };
        },
      },
      strong: {
        path: "strong",
        loader: async (args: RouteArgs) => {
          await auth.requireUser(args, { aal: 2 });
          return { secret: "strong" };
        },
      },
      proven: {
        path: "proven",
        loader: async (args: RouteArgs) => {
          await auth.requireVerifiedEmail(args);
          return { secret: "proven" };
        },
      },
      ...more,
    },
  });
}
