import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import type { OpenDatabase } from "./db.server";

/** What stands in `app/db/postgres.server.ts` of an app that prefers postgres.js. */
export async function open(url: string): Promise<OpenDatabase> {
  const client = postgres(url, { onnotice: () => {} });
  const db = drizzle({ client });
  await migrate(db, { migrationsFolder: "./drizzle" });
  return { db, close: () => client.end() };
}
