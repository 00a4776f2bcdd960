import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { emailVerification } from "../packages/auth/src/features/email-verification/email-verification.ts";
import { passwordReset } from "../packages/auth/src/features/password-reset/password-reset.ts";
import { passwords } from "../packages/auth/src/features/passwords/passwords.ts";
import { createAuth } from "../packages/auth/src/index.ts";
import { fakeFactor } from "../packages/auth/test/fake-factor.ts";
import { pages } from "../packages/auth/test/pages.ts";
import { startPostgres } from "../packages/auth/test/postgres-server.ts";
import { makeTemplate } from "../packages/auth/test/postgres-setup.ts";
import * as schema from "../packages/auth/test/schema.ts";

// These belong to packages/auth, not to the workspace's root.
const require = createRequire(new URL("../packages/auth/package.json", import.meta.url));
const postgres = require("postgres");
const { drizzle } = require("drizzle-orm/postgres-js");

const ORIGIN = "https://app.test";
const PASSWORD = "correct horse battery staple";
const PEOPLE = 50;

/** The library's test pages over a real server, without limits, and the questions whose times are compared. */
export async function openTimingSite() {
  const server = await startPostgres();
  await makeTemplate(server.url);
  const client = postgres(server.url.replace(/postgres$/, "template"), { onnotice: () => {} });
  const handle = pages({ auth: openAuth(client) });
  const people = await populate(client, handle);
  await liftLimits(client);

  let count = 0;
  const ask = (path, fields) => timeOf(handle, path, fields, `203.0.113.${++count % 250}`);
  const login = (email) => ask("/login", { email, password: "wrong horse battery staple" });
  const one = (kind) => people[kind][++count % PEOPLE];
  const nobody = () => `nobody${++count}@example.com`;

  return {
    routes: {
      login: {
        baseline: "unknown",
        classes: {
          unknown: () => login(nobody()),
          known: () => login(one("proven")),
          disabled: () => login(one("disabled")),
          "without a password": () => login(one("passwordless")),
        },
      },
      register: {
        baseline: "new",
        classes: {
          new: () => ask("/register", { email: nobody(), password: PASSWORD }),
          taken: () => ask("/register", { email: one("proven"), password: PASSWORD }),
        },
      },
      "forgot-password": {
        baseline: "unknown",
        classes: {
          unknown: () => ask("/forgot-password", { email: nobody() }),
          known: () => ask("/forgot-password", { email: one("proven") }),
        },
      },
    },
    async close() {
      await client.end({ timeout: 1 });
      await server.close();
    },
  };
}

function openAuth(client) {
  const rules = { table: schema.passwords };
  const template = () => ({ subject: "", text: "", html: "" });
  return createAuth({
    db: drizzle({ client }),
    schema,
    appName: "Timing",
    secret: randomBytes(32).toString("base64url"),
    origin: ORIGIN,
    trustedProxyHops: 1,
    mail: {
      from: "auth@app.test",
      transport: { send: () => new Promise((resolve) => setTimeout(resolve, 500)) },
      templates: {
        "verify-email": template,
        "already-registered": template,
        "reset-password": template,
        "password-changed": template,
      },
    },
    features: {
      passwords: passwords({ ...rules, users: schema.users }),
      emailVerification: emailVerification({ passwords: rules }),
      passwordReset: passwordReset({ passwords: rules }),
      fakeFactor: fakeFactor(new Set()),
    },
  });
}

async function populate(client, handle) {
  const people = { proven: [], disabled: [], passwordless: [] };
  for (const kind of Object.keys(people)) {
    for (let n = 0; n < PEOPLE; n++) people[kind].push(`${kind}${n}@example.com`);
  }
  const [model] = people.proven;
  await timeOf(handle, "/register", { email: model, password: PASSWORD }, "198.51.100.1");
  const others = Object.values(people).flat().slice(1);
  await client`insert into users (email) select unnest(${others}::text[])`;
  await client`insert into passwords (user_id, hash, updated_at)
    select others.id, hash, now() from users others, passwords
    where others.id <> passwords.user_id and others.email not like 'passwordless%'`;
  await client`update users set email_verified_at = now()`;
  await client`update users set disabled_at = now() where email like 'disabled%'`;
  return people;
}

/** Each hit is the first of a row of its own. */
async function liftLimits(client) {
  await client.unsafe(`create function lift() returns trigger language plpgsql as
    'begin new.key := gen_random_uuid()::text; return new; end'`);
  await client.unsafe(`create trigger lift before insert on rate_limits
    for each row execute function lift()`);
}

/** Milliseconds from the request to the end of the answer's body. */
async function timeOf(handle, path, fields, ip) {
  const request = new Request(ORIGIN + path, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "Sec-Fetch-Site": "same-origin", "X-Forwarded-For": ip, Accept: "text/html" },
  });
  const from = performance.now();
  const response = await handle(request);
  await response.text();
  const took = performance.now() - from;
  if (![200, 302, 401].includes(response.status)) throw new Error(`${path}: ${response.status}`);
  return took;
}
