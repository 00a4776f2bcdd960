import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { baAccount, baSession, baUser, baVerification } from "./schema.ts";

const schema = {
  user: baUser,
  session: baSession,
  account: baAccount,
  verification: baVerification,
};

/** Better Auth as its documentation sets it up with drizzle, but without its limits, which count per process. */
export function openBetterAuth({
  url,
  secret,
  origin,
}: {
  url: string;
  secret: string;
  origin: string;
}) {
  const client = postgres(url, { max: 10, onnotice: () => {} });
  const auth = betterAuth({
    secret,
    baseURL: origin,
    database: drizzleAdapter(drizzle({ client, schema }), { provider: "pg", schema }),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
  });
  return { auth, close: () => client.end({ timeout: 1 }) };
}
