import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { plotStorms } from "./plot.ts";
import type { Storm } from "./storm.ts";

const PAGE = fileURLToPath(new URL("../docs/performance.md", import.meta.url));
const PLOT = fileURLToPath(new URL("../docs/img/login-storm.svg", import.meta.url));

const CORES = availableParallelism();
/** As it stands in front of what was measured. */
export const today = () => new Date().toISOString().slice(0, 10);

/** What a run was made on, in a line; the load of one minute before it tells who else was there. */
export function machine(postgresVersion: string): string {
  const load = loadavg()[0]?.toFixed(1);
  return (
    `${today()}, ${CORES} shared cores with PostgreSQL and the load generator on them, ` +
    `Node.js ${process.versions.node}, PostgreSQL ${postgresVersion}, load average before the run ${load}.`
  );
}

/** Puts the table into docs/performance.md, between the two marks of this name. */
export function recordTable(table: string, note: string, name = "bench"): void {
  const page = readFileSync(PAGE, "utf8");
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`docs/performance.md lacks "${begin}".`);
  writeFileSync(
    PAGE,
    `${page.slice(0, before)}${begin}\n\n${note}\n\n${table}\n\n${page.slice(after)}`,
  );
}

/** Draws the last storm of each kind. */
export function recordPlot(storms: Storm[]): void {
  const last = (kind: Storm["kind"]) => storms.findLast((storm) => storm.kind === kind);
  const [ours, naive] = [last("ours"), last("naive")];
  if (ours && naive)
    writeFileSync(PLOT, plotStorms({ ours, naive }, `${today()}, ${CORES} shared cores.`));
}
