import { lookups } from "./lookups.ts";
import { startPostgres } from "./postgres.ts";
import { seed } from "./seed.ts";
import { tableOf } from "./table.ts";

const quick = process.argv.includes("--quick");
const server = await startPostgres();
try {
  console.log(server.version);
  console.time("seed");
  const seeded = await seed(await server.create("bench"), { rows: 100_000 });
  console.timeEnd("seed");
  console.log(tableOf(await lookups(seeded, { rounds: quick ? 5 : 30 })));
} finally {
  await server.close();
}
