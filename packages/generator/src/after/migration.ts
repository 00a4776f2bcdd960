import { join } from "node:path";
import type { Project } from "../project/project.ts";
import { run } from "./process.ts";

/** What the user would type. */
export const MIGRATION_COMMAND = "npx drizzle-kit generate";

/** Lets the app's own drizzle-kit write the next migration. Null if it went well. */
export function generateMigration({ root }: Project): Promise<string | null> {
  // Nothing is connected to, but many configurations demand an address.
  const env = { DATABASE_URL: process.env.DATABASE_URL ?? "postgres://localhost/app" };
  return run(
    root,
    join(root, "node_modules/.bin/drizzle-kit"),
    ["generate", "--name", "auth"],
    env,
  );
}
