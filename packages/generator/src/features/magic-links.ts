import type { Feature } from "./feature.ts";

export const magicLinks: Feature = {
  id: "magic-links",
  title: "Login by a link in a mail, without a password, and the page for it",
  requires: ["login"],
  files: ["app/auth/magic-links.tsx", "app/routes/auth/magic-link.tsx"],
  entries: {
    "app/auth/auth.server.ts": ["import { magicLinks }", "magicLinks: magicLinks("],
    "app/auth/emails.ts": ['"magic-link":'],
    "app/auth/messages.ts": ["login_link_sent:"],
    "app/auth/routes.ts": ['route("login/magic-link"'],
    "app/routes/auth/login.tsx": ["import { MagicLinkItem }", "<MagicLinkItem "],
    "test/auth.ts": ['test("logs in by a link'],
  },
  tables: [],
  dependencies: [],
  devDependencies: [],
  scripts: {},
  env: [],
};
