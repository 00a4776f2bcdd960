import { drizzle } from "drizzle-orm/pglite";
import { openDatabase } from "./database.ts";
import { houseOn } from "./house.ts";

/** A house that writes down every statement it sends to its database. */
export async function openLoggedHouse(options: Parameters<typeof houseOn>[1] = {}) {
  const { $client } = await openDatabase();
  const statements: string[] = [];
  const logger = { logQuery: (query: string) => void statements.push(query) };
  const house = await houseOn(drizzle({ client: $client, logger }), options);

  return {
    house,
    /** What was sent while this was going on. */
    async during(work: () => Promise<unknown>): Promise<string[]> {
      statements.length = 0;
      await work();
      return [...statements];
    },
  };
}
