import { eq } from "drizzle-orm";
import type { Hooks } from "../src/core.ts";
import type { AnyDatabase } from "../src/database.ts";
import type { OnEvent } from "../src/events.ts";
import {
  type AccountDeletionOptions,
  accountDeletion,
} from "../src/features/account-deletion/account-deletion.ts";
import { activity } from "../src/features/activity/activity.ts";
import { backupCodes } from "../src/features/backup-codes/backup-codes.ts";
import { emailChange } from "../src/features/email-change/email-change.ts";
import { emailCodes } from "../src/features/email-codes/email-codes.ts";
import { emailVerification } from "../src/features/email-verification/email-verification.ts";
import { magicLinks } from "../src/features/magic-links/magic-links.ts";
import { notices } from "../src/features/notices/notices.ts";
import type { MailTemplates } from "../src/features/outbox/mails.ts";
import { type PasskeysOptions, passkeys } from "../src/features/passkeys/passkeys.ts";
import { passwordReset } from "../src/features/password-reset/password-reset.ts";
import { type PasswordRules, passwords } from "../src/features/passwords/passwords.ts";
import type { SessionLimits } from "../src/features/sessions/limits.ts";
import { totp } from "../src/features/totp/totp.ts";
import { trustedDevices } from "../src/features/trusted-devices/trusted-devices.ts";
import { testHouse } from "../src/testing.ts";
import { openDatabase } from "./database.ts";
import { fakeFactor } from "./fake-factor.ts";
import * as schema from "./schema.ts";

/** Templates that say everything they are given, so that tests can read it. */
export const templates = new Proxy({} as MailTemplates, {
  get: (_, kind) => (mail: object) => ({
    subject: String(kind),
    text: Object.values(mail).join("\n"),
    html: "",
  }),
});

/** The house as an app would build it, on a database of its own. */
export async function openHouse(options: Partial<Parameters<typeof houseOn>[1]> = {}) {
  return houseOn(await openDatabase(), options);
}

export async function houseOn<Db extends AnyDatabase>(
  db: Db,
  {
    rules: stricter,
    mailAsSecondFactor = false,
    passkeyOptions = {},
    deletion = { mode: "hard" },
    ...options
  }: {
    rules?: Omit<PasswordRules, "table">;
    mailAsSecondFactor?: boolean;
    passkeyOptions?: Partial<PasskeysOptions<typeof schema.users>>;
    deletion?: Pick<AccountDeletionOptions<typeof schema.users>, "mode" | "blank">;
    unverifiedUsers?: "allow" | "block";
    trustedProxyHops?: number;
    origin?: string;
    secret?: string;
    sessionLimits?: SessionLimits;
    hooks?: Hooks;
    onEvent?: OnEvent;
    namedStatements?: boolean;
    placeOf?(ip: string): Promise<string | null>;
    requireSecondFactor?(user: { email: string; favoriteColor: string }): boolean;
  },
) {
  const rules = { table: schema.passwords, ...stricter };
  const enrolled = new Set<string>();
  const house = await testHouse({
    db,
    schema,
    appName: "Testbed",
    trustedProxyHops: 1,
    mail: { templates },
    features: {
      passwords: passwords({ ...rules, users: schema.users }),
      emailVerification: emailVerification({ passwords: rules }),
      passwordReset: passwordReset({ passwords: rules }),
      totp: totp({ table: schema.totp }),
      backupCodes: backupCodes({ table: schema.backupCodes }),
      trustedDevices: trustedDevices({ table: schema.trustedDevices }),
      emailCodes: emailCodes({ secondFactor: mailAsSecondFactor }),
      passkeys: passkeys({
        ...{ users: schema.users, table: schema.passkeys, challenges: schema.webauthnChallenges },
        ...passkeyOptions,
      }),
      emailChange: emailChange(),
      magicLinks: magicLinks(),
      notices: notices(),
      accountDeletion: accountDeletion({
        ...{ table: schema.accountDeletions, users: schema.users },
        ...deletion,
      }),
      activity: activity(),
      fakeFactor: fakeFactor(enrolled),
    },
    ...options,
  });
  return {
    ...house,
    /** The users who have the fake second factor. */
    enrolled,
    async disable(userId: string): Promise<void> {
      await house.core.db
        .update(schema.users)
        .set({ disabledAt: house.core.now })
        .where(eq(schema.users.id, userId));
    },
  };
}
