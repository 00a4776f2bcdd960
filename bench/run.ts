import { parseArgs } from "node:util";
import { coldStart } from "./cold-start.ts";
import { growth } from "./growth.ts";
import { lastSeenWrites } from "./last-seen.ts";
import { startLoad } from "./load.ts";
import { logins } from "./logins.ts";
import { lookups } from "./lookups.ts";
import { pages } from "./pages.ts";
import { startPostgres } from "./postgres.ts";
import { machine, recordPlot, recordTable } from "./record.ts";
import { seed } from "./seed.ts";
import { type Storm, storms } from "./storm.ts";
import { stormRows } from "./storm-rows.ts";
import { type Row, tableOf } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    /** A minute instead of ten, to see whether all of it runs. Its numbers mean nothing. */
    quick: { type: "boolean", default: false },
    /** Some chapters alone, with commas between. */
    only: { type: "string" },
    /** Sessions in the large table of P7. */
    rows: { type: "string", default: "1000000" },
    /** Writes table and plot into docs/. */
    record: { type: "boolean", default: false },
  },
});

const SMALL = 100_000;
const rounds = (count: number) => (options.quick ? Math.ceil(count / 10) : count);

const load = startLoad();
const server = await startPostgres();
const note = machine(server.version);
let seen: Storm[] = [];
try {
  const small = await seed(await server.create("small"), { rows: SMALL });
  const chapters: Record<string, () => Promise<Row[]>> = {
    lookups: () => lookups(small, { rounds: rounds(30) }),
    pages: () => pages(small, load, { rounds: rounds(12), milliseconds: 1_000 }),

    async growth() {
      const rows = Number(options.rows);
      const large = await seed(await server.create("large"), { rows });
      return growth({ small, large, rows }, { rounds: rounds(30) });
    },

    async storm() {
      seen = await storms(small, load, { rounds: rounds(3), calmMs: 3_000, stormMs: 5_000 });
      return stormRows(seen);
    },

    logins: () => logins(small, { rounds: rounds(10), postmaster: server.postmaster }),

    async "last-seen"() {
      const lastSeen = "now() - interval '10 minutes'";
      const due = await seed(await server.create("due"), { rows: SMALL, lastSeen });
      return lastSeenWrites(due, SMALL);
    },

    "cold-start": () => coldStart({ rounds: rounds(9) }),
  };

  const rows: Row[] = [];
  for (const name of options.only?.split(",") ?? Object.keys(chapters)) {
    console.error(`${name} …`);
    const chapter = chapters[name];
    if (!chapter) throw new Error(`There is no chapter "${name}": ${Object.keys(chapters)}.`);
    rows.push(...(await chapter()));
  }
  console.log(`\n${note}\n\n${tableOf(rows)}\n`);
  if (options.record) recordTable(tableOf(rows), note);
  if (options.record) recordPlot(seen);
} finally {
  load.close();
  await server.close();
}
