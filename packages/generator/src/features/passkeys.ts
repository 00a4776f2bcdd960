import type { Feature } from "./feature.ts";

export const passkeys: Feature = {
  id: "passkeys",
  title: "Passkeys: login without a password, as second factor, and the pages for them",
  // A passkey is asked for after a password, and whoever lost it needs backup codes.
  requires: ["mfa"],
  files: [
    "app/auth/passkeys.css",
    "app/auth/passkeys.server.ts",
    "app/auth/passkeys.tsx",
    "app/routes/auth/passkey-login.tsx",
    "app/routes/auth/passkey-register.tsx",
    "app/routes/settings/passkeys.tsx",
  ],
  entries: {
    "app/auth/auth.server.ts": ["import { passkeys }", "passkeys: passkeys("],
    "app/auth/emails.ts": ['"passkey-added":', '"passkey-removed":'],
    "app/auth/layout.tsx": ['import "./passkeys.css"'],
    "app/auth/messages.ts": [
      "ceremony_expired:",
      "last_way_in:",
      "passkey_suspected:",
      "passkey_taken:",
      "passkey_wrong:",
      "too_many_passkeys:",
      "passkey_added:",
      "passkey_removed:",
    ],
    "app/auth/routes.ts": ['route("register/passkey"', 'route("login/passkey"', 'route("passkeys"'],
    "app/auth/schema.ts": ["export const passkeys ", "export const webauthnChallenges "],
    "app/auth/second-factors.server.ts": ["passkey: auth.passkeys"],
    "app/auth/second-factors.tsx": ["import { PasskeyFactorForm }", '{ name: "passkeys",'],
    "app/auth/settings-menu.ts": ['"/settings/passkeys":'],
    "app/auth/settings-state.server.ts": ['"/settings/passkeys":'],
    "app/routes/auth/login.tsx": ["import { PasskeyLogin }", "<PasskeyLogin "],
    "app/routes/auth/register.tsx": ["import { PasskeyRegisterLink }", "<PasskeyRegisterLink "],
    "app/routes/auth/second-factor.tsx": [
      "import { passkeyOptions }",
      'if (intent === "passkey-options")',
    ],
    "app/routes/auth/step-up.tsx": [
      "import { passkeyOptions }",
      'if (intent === "passkey-options")',
    ],
    "app/routes/settings/overview.tsx": ["import { OfferPasskey }", "<OfferPasskey "],
    "test/auth.ts": ['"/settings/passkeys",', 'test("adds a passkey', "async options(path"],
  },
  tables: ["passkeys", "webauthn_challenges"],
  dependencies: [],
  devDependencies: [],
  scripts: {},
  env: [],
};
