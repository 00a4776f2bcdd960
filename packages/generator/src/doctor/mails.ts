import { createRequire } from "node:module";
import { join } from "node:path";
import { valuesIn } from "./environment.ts";
import { advice, type Check, type Finding } from "./finding.ts";

interface GivenUp {
  kind: string;
  count: number;
  since: Date;
}

/**
 * Mails the app could not send: how many of which kind and since when, never to whom. Asks a PostgreSQL server; the
 * embedded database belongs to the app that has it open.
 */
export const mails: Check = async ({ project, lock, read }) => {
  const url = process.env.DATABASE_URL ?? valuesIn(read(".env") ?? "").get("DATABASE_URL") ?? "";
  const pg = /^postgres(ql)?:/.test(url) ? driverOf(project.root) : null;
  if (!pg) return [];
  try {
    return findings(await givenUp(pg, url, `${lock.options.tablePrefix}outbox`));
  } catch (error) {
    return [unanswered(error)];
  }
};

interface Driver {
  Client: new (
    options: object,
  ) => {
    on(event: "error", listener: () => void): void;
    connect(): Promise<unknown>;
    query(text: string): Promise<{ rows: unknown[] }>;
    end(): Promise<void>;
  };
}

/** The app's own: a generator has no use for one. */
function driverOf(root: string): Driver | null {
  try {
    return createRequire(join(root, "package.json"))("pg");
  } catch {
    return null;
  }
}

async function givenUp({ Client }: Driver, url: string, table: string): Promise<GivenUp[]> {
  const timeouts = { connectionTimeoutMillis: 3_000, query_timeout: 3_000 };
  const client = new Client({ connectionString: url, ...timeouts });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      `select kind, count(*)::int as count, min(dead_at) as since from "${table}"
        where dead_at is not null group by kind order by kind`,
    );
    return rows as GivenUp[];
  } finally {
    await client.end();
  }
}

function findings(kinds: GivenUp[]): Finding[] {
  if (kinds.length === 0) return [];
  const first = new Date(Math.min(...kinds.map(({ since }) => since.getTime())));
  const count = kinds.reduce((sum, one) => sum + one.count, 0);
  const what = kinds.map((one) => `${one.count} ${one.kind}`).join(", ");
  const since = `${first.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return [
    advice(
      "mails",
      `${count === 1 ? "1 mail was" : `${count} mails were`} given up since ${since}: ${what}.`,
      'Lines in the log that begin with "auth-rr: gave up on mail" say why. What was given up is not sent again.',
    ),
  ];
}

/** By its code alone: the message may name the server and its user. */
function unanswered(error: unknown): Finding {
  const { code } = error as { code?: string };
  return advice(
    "mails",
    `The database at DATABASE_URL did not say which mails were given up${code ? ` (${code})` : ""}.`,
    "See that it runs and that the migrations are applied, then ask again.",
  );
}
