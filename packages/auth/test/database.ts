import { readFile } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { afterAll, inject } from "vitest";

/** A database of this test file's own, with the test schema in it. */
export async function openDatabase() {
  const dump = new Blob([await readFile(inject("databaseDump"))]);
  const client = lent(await PGlite.create({ loadDataDir: dump }));
  afterAll(client.end);
  return drizzle({ client: client.lent });
}

/** The modules of a test file stay in memory, and with them all they hold; a database of 100 MB must not. */
function lent(database: PGlite) {
  const held: { database: PGlite | null } = { database };
  const get = (_: PGlite, key: keyof PGlite) => {
    const value: unknown = held.database?.[key];
    return typeof value === "function" ? value.bind(held.database) : value;
  };
  return {
    lent: new Proxy({} as PGlite, { get: get as ProxyHandler<PGlite>["get"] & {} }),
    async end(): Promise<void> {
      held.database = null;
      await database.close();
      setTimeout(() => globalThis.gc?.(), 0);
    },
  };
}
