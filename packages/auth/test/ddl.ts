import * as schema from "./schema.ts";

interface DrizzleKit {
  generateDrizzleJson(tables: object): object | Promise<object>;
  generateMigration(before: object, now: object): Promise<string[]>;
}

/** The statements that make the test schema, as a migration tool would. */
export async function ddl(): Promise<string[]> {
  const { generateDrizzleJson, generateMigration } = await drizzleKit();
  return generateMigration(await generateDrizzleJson({}), await generateDrizzleJson(schema));
}

/** The module has another name in 1.0. */
async function drizzleKit(): Promise<DrizzleKit> {
  const names = ["drizzle-kit/api", "drizzle-kit/api-postgres"];
  return import(names[0] as string).catch(() => import(names[1] as string));
}
