import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { TestProject } from "vitest/node";
import { ddl } from "./ddl.ts";

declare module "vitest" {
  interface ProvidedContext {
    databaseDump: string;
  }
}

/** Makes the database once; each test file starts from its dump, which is several times faster. */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), "auth-rr-"));
  const client = await PGlite.create();
  for (const statement of await ddl()) await client.exec(statement);
  const dump = await client.dumpDataDir("none");
  await client.close();
  const file = join(folder, "database.tar");
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
  project.provide("databaseDump", file);
  return () => rm(folder, { recursive: true });
}
