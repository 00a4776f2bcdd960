import { readFile } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { afterAll, inject } from "vitest";

/** A database of this test file's own, with the test schema in it. */
export async function openDatabase() {
  const dump = new Blob([await readFile(inject("databaseDump"))]);
  const client = await PGlite.create({ loadDataDir: dump });
  afterAll(() => client.close());
  return drizzle({ client });
}
