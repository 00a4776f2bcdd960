import { createHash, createHmac, randomBytes } from "node:crypto";
import { hash } from "@node-rs/argon2";
import { hashPassword } from "better-auth/crypto";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import postgres from "postgres";
import { keyRing } from "../packages/auth/dist/crypto/keys.js";
import { generateToken, hashToken } from "../packages/auth/dist/crypto/token.js";
import * as schema from "./schema.ts";

/** What everybody's password is, here. */
export const PASSWORD = "correct horse battery staple";

/** Signs tokens and cookies of all contestants. */
export const SECRET = randomBytes(32).toString("base64url");

/** So many sessions have a token we know, which divides every number of rows. */
const KNOWN = 50_000;

/** A database with so many sessions, a quarter as many users, and what gets one in. */
export interface Seeded {
  url: string;
  users: number;
  /** Cookie header values of sessions spread over the whole table. */
  cookies: string[];
  tokenHashes: string[];
  /** The same for Better Auth. */
  betterAuthCookies: string[];
}

/** As address `n` of a seeded database. */
export const addressOf = (n: number) => `user${n}@example.com`;

/** Fills an empty database. `lastSeen` is SQL: by default nobody is due for a last-seen write. */
export async function seed(
  url: string,
  { rows, lastSeen = "now() + interval '1 hour'" }: { rows: number; lastSeen?: string },
): Promise<Seeded> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const users = rows / 4;
  const known = Math.min(KNOWN, rows);
  const tokens = newTokens(known);
  await sql.unsafe(`create extension if not exists pg_stat_statements`).catch(() => {});
  for (const statement of await ddl()) await sql.unsafe(statement);
  // As docs/performance.md advises: room on each page for the column that moves.
  await sql.unsafe("alter table sessions set (fillfactor = 85)");
  // Spares the foreign keys a look at rows that are right by construction.
  await sql.unsafe("set session_replication_role = replica");
  await fillOurs(sql, { rows, users, tokens, lastSeen });
  await fillBetterAuth(sql, { rows, users });
  for (const table of ["users", "sessions", "passwords", "ba_user", "ba_session", "ba_account"]) {
    await sql.unsafe(`vacuum (analyze) ${table}`);
  }
  await sql.unsafe("checkpoint");
  await sql.end();
  return {
    url,
    users,
    cookies: tokens.map(({ token }) => `session=${token}`),
    tokenHashes: tokens.map(({ tokenHash }) => tokenHash),
    betterAuthCookies: Array.from({ length: known }, (_, n) => betterAuthCookie(n, rows)),
  };
}

async function ddl(): Promise<string[]> {
  return generateMigration(generateDrizzleJson({}), generateDrizzleJson(schema));
}

function newTokens(count: number) {
  const keys = keyRing([SECRET]).for("token");
  return Array.from({ length: count }, () => {
    const token = generateToken(keys, "session");
    return { token, tokenHash: hashToken(keys, "session", token) as string };
  });
}

/** The known sessions lie evenly between the others, whose hashes look the same. */
async function fillOurs(
  sql: postgres.Sql,
  of: { rows: number; users: number; tokens: { tokenHash: string }[]; lastSeen: string },
): Promise<void> {
  const stored = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  await sql`insert into users (id, email, email_verified_at, name)
    select md5('u' || n)::uuid, 'user' || n || '@example.com', now(), 'User ' || n
    from generate_series(0, ${of.users}::int - 1) n`;
  await sql`insert into passwords (user_id, hash, updated_at) select id, ${stored}, now() from users`;
  const hashes = of.tokens.map(({ tokenHash }) => tokenHash).join();
  await sql`create temp table known as
    select hash, (n - 1) * ${of.rows / of.tokens.length}::int as place
    from unnest(string_to_array(${hashes}, ',')) with ordinality as t (hash, n)`;
  await sql`insert into sessions
      (token_hash, user_id, amr, aal, persistent, authenticated_at, created_at, last_seen_at, ip, user_agent, device)
    select coalesce(hash, translate(rtrim(encode(sha256(n::text::bytea), 'base64'), '='), '+/', '-_')),
      md5('u' || n % ${of.users}::int)::uuid, '{pwd}', 1, true, now(), now(), ${sql.unsafe(of.lastSeen)},
      '198.51.100.7', 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0', 'Firefox on Linux'
    from generate_series(0, ${of.rows}::int - 1) n left join known on place = n order by n`;
}

async function fillBetterAuth(sql: postgres.Sql, of: { rows: number; users: number }) {
  const stored = await hashPassword(PASSWORD);
  await sql`insert into ba_user (id, name, email, email_verified, created_at, updated_at)
    select md5('u' || n), 'User ' || n, 'user' || n || '@example.com', true, now(), now()
    from generate_series(0, ${of.users}::int - 1) n`;
  await sql`insert into ba_account (id, account_id, provider_id, user_id, password, created_at, updated_at)
    select md5('a' || id), id, 'credential', id, ${stored}, now(), now() from ba_user`;
  await sql`insert into ba_session (id, expires_at, token, ip_address, user_agent, user_id, created_at, updated_at)
    select md5('s' || n), now() + interval '7 days', md5('t' || n), '198.51.100.7',
      'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
      md5('u' || n % ${of.users}::int), now(), now()
    from generate_series(0, ${of.rows}::int - 1) n`;
}

function betterAuthCookie(n: number, rows: number): string {
  const place = n * Math.floor(rows / Math.min(KNOWN, rows));
  const token = md5(`t${place}`);
  const signature = createHmac("sha256", SECRET).update(token).digest("base64");
  return `better-auth.session_token=${encodeURIComponent(`${token}.${signature}`)}`;
}

const md5 = (text: string) => createHash("md5").update(text).digest("hex");
