import type { Core, Feature, House } from "./core.ts";
import type { Database } from "./database.ts";
import { AuthError } from "./errors.ts";
import type { MailConfig } from "./features/outbox/delivery.ts";
import type { MailKind } from "./features/outbox/mails.ts";
import { rateLimits } from "./features/rate-limits/rate-limits.ts";
import { sessions } from "./features/sessions/sessions.ts";
import { tokens } from "./features/tokens/tokens.ts";
import { usersStore } from "./features/users/store.ts";
import type { UsersTable } from "./features/users/table.ts";

export type FeatureSet = Record<string, (core: Core) => Feature>;
export type Built<Features extends FeatureSet> = {
  [Name in keyof Features]: ReturnType<Features[Name]>;
};

/** Builds each feature once. */
export function build<Features extends FeatureSet>(
  features: Features,
  core: Core,
): Built<Features> {
  const built = Object.entries(features).map(([name, feature]) => [name, feature(core)]);
  return Object.fromEntries(built) as Built<Features>;
}

/** What all features together say. The features are asked for late: they are built with the house they make up. */
export function makeHouse(core: () => Core, features: () => Record<string, Feature>): House {
  async function factorsOf(tx: Database, userId: string, kind: Feature["factorKind"]) {
    const names: string[] = [];
    for (const [name, feature] of Object.entries(features())) {
      if (feature.factorKind !== kind) continue;
      if (await feature.isSecondFactorFor?.(tx, userId)) names.push(name);
    }
    return names;
  }

  return {
    async secondFactorsOf(tx, userId) {
      const full = await factorsOf(tx, userId, undefined);
      return full.length > 0 ? [...full, ...(await factorsOf(tx, userId, "recovery"))] : [];
    },

    mailFactorsOf: (tx, userId) => factorsOf(tx, userId, "mail"),

    offersSecondFactor() {
      return Object.values(features()).some(isFullFactor);
    },

    trustedDevices() {
      const keeper = Object.values(features()).find((feature) => feature.trustedDevices);
      return keeper?.trustedDevices ?? null;
    },

    async waysIn(tx, userId) {
      let ways = 0;
      for (const feature of Object.values(features())) {
        ways += (await feature.waysIn?.(tx, userId)) ?? 0;
      }
      return ways;
    },

    async deleteExpired() {
      for (const feature of Object.values(features())) await feature.deleteExpired?.();
    },

    async mustChangePassword(tx, userId) {
      for (const feature of Object.values(features())) {
        if (await feature.mustChangePassword?.(tx, userId)) return true;
      }
      return false;
    },

    async mustReactivate(tx, userId) {
      for (const feature of Object.values(features())) {
        if (await feature.mustReactivate?.(tx, userId)) return true;
      }
      return false;
    },

    async forget(tx, userId) {
      for (const feature of Object.values(features())) await feature.forget?.(tx, userId);
    },

    async exportOf(tx, userId) {
      const known: Record<string, unknown> = {};
      for (const [name, feature] of Object.entries(features())) {
        if (feature.exportOf) known[name] = await feature.exportOf(tx, userId);
      }
      return known;
    },

    async proveMailbox(tx, visitor, user) {
      for (const feature of Object.values(features()))
        await feature.proveMailbox?.(tx, visitor, user);
    },

    async disownUrl(tx, user) {
      const notices = Object.values(features()).find((feature) => feature.disownUrl);
      const { origin, paths } = core();
      return (await notices?.disownUrl?.(tx, user)) ?? origin + paths.forgotPassword;
    },

    async noticeLogin(tx, visitor, user) {
      for (const feature of Object.values(features()))
        await feature.noticeLogin?.(tx, visitor, user);
    },

    async noticeLock(tx, visitor, user) {
      for (const feature of Object.values(features()))
        await feature.noticeLock?.(tx, visitor, user);
    },

    async startReset(tx, visitor, user) {
      for (const feature of Object.values(features()))
        await feature.startReset?.(tx, visitor, user);
    },

    async credentialChanged(tx, user, change) {
      await usersStore(core(), tx).holdForChange(user.id);
      await tokens(core(), tx).deleteOf(user.id);
      await sessions(core(), tx).endAll(user.id, change.keepSessionId);
      // With a new password the owner need not wait for what a thief of the old one has used up.
      if (change.what === "password") await rateLimits(core(), tx).easeFactorTries(user.id);
      for (const feature of Object.values(features())) {
        await feature.onCredentialChange?.(tx, user, change);
      }
    },
  };
}

function isFullFactor({ isSecondFactorFor, factorKind }: Feature): boolean {
  return isSecondFactorFor !== undefined && factorKind === undefined;
}

/** Ids stand in links and lists, so they must not be countable; the library takes them as text. */
export function checkUsers({ id }: UsersTable): void {
  if (/^(uuid|text|varchar)/.test(id.getSQLType())) return;
  throw new AuthError(
    "ERR_AUTH_CONFIG_INVALID",
    `users.id is of type ${id.getSQLType()}: ids that count up tell everybody how many users there are and who is next. ` +
      "Use a uuid, or text that is random.",
  );
}

interface HouseRules {
  taken: string[];
  /** What the base sends, whatever the features. */
  mails: MailKind[];
  mail: MailConfig;
  unverifiedUsers: string;
  requiresSecondFactor: boolean;
}

/** Refuses, at boot, a house that would fail somebody at the door. */
export function checkHouse(
  features: Record<string, Feature>,
  { taken, mails, mail, unverifiedUsers, requiresSecondFactor }: HouseRules,
): void {
  const shadowing = Object.keys(features).find((name) => taken.includes(name));
  if (shadowing) {
    throw new AuthError(
      "ERR_AUTH_FEATURE_NAME",
      `The feature name "${shadowing}" would hide auth.${shadowing}. Give the feature another name in createAuth.`,
    );
  }
  const ofFeatures = Object.values(features).flatMap((feature) => feature.mails ?? []);
  const missing = [...mails, ...ofFeatures].find((kind) => !mail.templates[kind]);
  if (missing) {
    throw new AuthError(
      "ERR_AUTH_EMAIL_MISSING",
      `No template for the mail "${missing}", so it could never be sent. Add it to app/auth/emails.ts.`,
    );
  }
  const canProve = Object.values(features).some((feature) => feature.proveMailbox);
  if (unverifiedUsers === "block" && !canProve) {
    throw new AuthError(
      "ERR_AUTH_CONFIG_INVALID",
      "Users with an unproven address are kept out, but no feature can prove one, so nobody new could ever log in. " +
        'Add the feature emailVerification, or set unverifiedUsers: "allow".',
    );
  }
  if (requiresSecondFactor && !Object.values(features).some(isFullFactor)) {
    throw new AuthError(
      "ERR_AUTH_CONFIG_INVALID",
      "Some users must have a second factor, but no feature gives one, so they could never do anything. " +
        "Add the feature totp, or remove requireSecondFactor.",
    );
  }
}
