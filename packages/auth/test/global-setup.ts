import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { TestProject } from "vitest/node";
import { ddl } from "./ddl.ts";

declare module "vitest" {
  interface ProvidedContext {
    databaseDump: string;
    databaseShape: string;
  }
}

/** The tables of a database, and all of it that no `truncate` brings back. */
export const SHAPE = `
  select (select string_agg(format('%I', tablename), ', ') from pg_tables where schemaname = 'public') as tables,
    md5(string_agg(part, ' ' order by part)) as shape
  from (
    select concat_ws(' ', relname, relkind, relacl::text) as part from pg_class
    where relnamespace = 'public'::regnamespace
    union all select concat_ws(' ', attrelid::regclass::text, attname, atttypid::text) from pg_attribute a
    join pg_class c on c.oid = a.attrelid where c.relnamespace = 'public'::regnamespace and attnum > 0
    union all select concat_ws(' ', tgname, tgenabled) from pg_trigger where not tgisinternal
    union all select conname from pg_constraint where connamespace = 'public'::regnamespace
    union all select proname from pg_proc where pronamespace = 'public'::regnamespace
    union all select rolname from pg_roles
  ) parts`;

/** Makes the database once; each test file starts from its dump, which is several times faster. */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), "auth-rr-"));
  const client = await PGlite.create();
  for (const statement of await ddl()) await client.exec(statement);
  const { rows } = await client.query<{ shape: string }>(SHAPE);
  const dump = await client.dumpDataDir("none");
  await client.close();
  const file = join(folder, "database.tar");
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
  project.provide("databaseDump", file);
  project.provide("databaseShape", rows[0]?.shape ?? "");
  return () => rm(folder, { recursive: true });
}
