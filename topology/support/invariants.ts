import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { stack } from "../stack/stack.ts";

const FILE = new URL("../invariants.sql", import.meta.url);

/** So many secrets of the newest are looked for, each in every row there is. */
const NEWEST = 60;

const secrets: string[] = [];
const registrations: string[] = [];

/** From now on nobody may read this anywhere; each `expectInvariants` looks for it. */
export function keepSecret(secret: string): string {
  secrets.push(secret);
  return secret;
}

/** This registration was answered as done, so it must not be lost. */
export function keepRegistration(email: string): void {
  registrations.push(email);
}

/** Runs every query of invariants.sql; a row that comes back breaks the promise named above it. */
export async function expectInvariants(): Promise<void> {
  const broken: Record<string, unknown[]> = {};
  await stack.sql.begin(async (tx) => {
    await tx.unsafe(TABLES);
    await tx`insert into delivered select "to", subject, md5(text) from
      jsonb_to_recordset(${tx.json(stack.smtp.mails as never)}) as mail("to" text, subject text, text text)`;
    await tx`insert into answered select unnest(${registrations}::text[])`;
    await tx`insert into secrets select unnest(${newestSecrets()}::text[])`;
    for (const { promise, query } of promises()) {
      const rows = await tx.unsafe(query);
      if (rows.length > 0) broken[promise] = rows.slice(0, 5);
    }
  });
  expect(broken).toEqual({});
  expect(leaks()).toEqual([]);
}

const TABLES = `
  create temporary table delivered (recipient text, subject text, digest text) on commit drop;
  create temporary table answered (email text) on commit drop;
  create temporary table secrets (secret text) on commit drop;`;

/** Each begins with a line "-- promise: ..." and ends at the next. */
function promises(): { promise: string; query: string }[] {
  const [, ...parts] = readFileSync(FILE, "utf8").split(/^-- promise: /m);
  return parts.map((part) => {
    const [promise = "", ...lines] = part.split("\n");
    return { promise, query: lines.join("\n") };
  });
}

function newestSecrets(): string[] {
  return secrets.slice(-NEWEST);
}

/** Which logs hold a secret in clear, codes excepted: six digits are in every time stamp. */
function leaks(): string[] {
  const [one, other] = stack.nodes.map((node) => node.output());
  const logs = {
    "node 0": `${one?.stderr}${withoutAccessLog(one?.stdout)}`,
    "node 1": `${other?.stderr}${withoutAccessLog(other?.stdout)}`,
    PostgreSQL: stack.primary.log(),
    pgbouncer: stack.pgbouncer.log(),
  };
  const long = newestSecrets().filter((secret) => secret.length > 6);
  const tells = ([, log]: [string, string]) => long.some((secret) => log.includes(secret));
  return Object.entries(logs)
    .filter(tells)
    .map(([name]) => name);
}

/** What react-router-serve writes down of every request; a test of its own looks for tokens there. */
function withoutAccessLog(text = ""): string {
  return text.replace(/^(GET|HEAD|POST) .*$/gm, "");
}
