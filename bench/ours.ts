import { createAuth } from "@auth-rr/auth";
import { passwords } from "@auth-rr/auth/passwords";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import * as schema from "./schema.ts";

const mailTemplate = () => ({ subject: "", text: "", html: "" });

/** Nobody gets mail here, but the house asks for a template of each kind. */
const mail = {
  from: "bench@example.com",
  transport: { send: async () => {} },
  templates: { "already-registered": mailTemplate, "password-changed": mailTemplate },
};

/** The house as an app has it, on this database. */
export function openHouse({
  url,
  secret,
  origin,
}: {
  url: string;
  secret: string;
  origin: string;
}) {
  const client = postgres(url, { max: 10, onnotice: () => {} });
  const auth = createAuth({
    db: drizzle({ client }),
    schema,
    appName: "Bench",
    secret,
    origin,
    trustedProxyHops: 1,
    allowInsecureCookiesOnLocalhost: true,
    mail,
    unverifiedUsers: "allow",
    features: { passwords: passwords({ table: schema.passwords, users: schema.users }) },
  });
  return { auth, close: () => client.end({ timeout: 1 }) };
}
