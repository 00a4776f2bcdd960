import { createAuth } from "@auth-rr/auth";
import { passwords } from "@auth-rr/auth/passwords";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { RouterContextProvider } from "react-router";
import * as schema from "./schema.ts";

const mail = {
  from: "bench@example.com",
  transport: { send: async () => {} },
  templates: {} as never,
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
    features: { passwords: passwords({ table: schema.passwords, users: schema.users }) },
  });
  return { auth, close: () => client.end({ timeout: 1 }) };
}
