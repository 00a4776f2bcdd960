import { readFile } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { inject } from "vitest";
import { SHAPE } from "./global-setup.ts";

/** A database of this test file's own, with the test schema in it. */
export async function openDatabase() {
  const client = idle.pop() ?? (await newDatabase());
  const { lent, takeBack } = lend(client);
  returns.push(async () => {
    takeBack();
    if (await isAsGoodAsNew(client)) idle.push(client);
    else await client.close();
  });
  return drizzle({ client: lent });
}

/** Called when a file is done, by setup.ts: a hook that is asked for within another is too late. */
export async function giveBackDatabases(): Promise<void> {
  await Promise.all(returns.splice(0).map((giveBack) => giveBack()));
}

/** How to give back what this file has borrowed. */
const returns: (() => Promise<void>)[] = [];

/**
 * Left by files of this process that are done. A new one takes thirty times as long as to empty an old one, and its
 * 250 MB are not given back while the process lives.
 */
const idle: PGlite[] = [];

async function newDatabase(): Promise<PGlite> {
  const dump = new Blob([await readFile(inject("databaseDump"))]);
  return PGlite.create({ loadDataDir: dump });
}

const METHODS = ["query", "exec", "transaction", "sql", "close"] as const;

/** What a test does to the client it does to the copy, and a house that lives on after its file reaches nothing with it. */
function lend(client: PGlite) {
  let isBack = false;
  const methods = METHODS.map((name) => [
    name,
    (...args: never[]) => {
      if (isBack) throw new Error("The test file of this database is done.");
      return (client[name] as (...args: never[]) => unknown).apply(client, args);
    },
  ]);
  return {
    lent: Object.fromEntries(methods) as PGlite,
    takeBack() {
      isBack = true;
    },
  };
}

/** What `testHouse` adds. */
const WITHOUT_CLOCK =
  "drop function if exists auth_rr_test_now; drop table if exists auth_rr_test_clock";

/** Empties it, unless a test changed more than rows. */
async function isAsGoodAsNew(client: PGlite): Promise<boolean> {
  try {
    await client.exec("discard all");
    await client.exec(WITHOUT_CLOCK);
    const { rows } = await client.query<{ tables: string; shape: string }>(SHAPE);
    const { tables, shape } = rows[0] as (typeof rows)[0];
    if (shape !== inject("databaseShape")) return false;
    await client.exec(`truncate ${tables}`);
    return true;
  } catch {
    return false;
  }
}
