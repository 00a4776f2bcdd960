import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import * as schema from "./schema.ts";

/** The statements that make the test schema, as a migration tool would. */
export async function ddl(): Promise<string[]> {
  return generateMigration(generateDrizzleJson({}), generateDrizzleJson(schema));
}
