import type { Reporter, TestCase, TestModule } from "vitest/node";

const MARKS = { passed: "ok", failed: "FAILED", skipped: "skipped", pending: "unfinished" };

/** Prints one line per test at the end: the result, how long it took, what was measured. */
export class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const rows = tests.map(rowOf);
    const width = Math.max(...rows.map(([, , name]) => name.length));
    console.log("\nTwo nodes, pgbouncer, a primary and its replica:\n");
    for (const [mark, time, name, fact] of rows) {
      console.log(`  ${mark.padEnd(8)} ${time.padStart(6)}  ${name.padEnd(width)}  ${fact}`);
    }
    console.log(`\n  ${tests.filter((test) => test.ok()).length} of ${tests.length} hold\n`);
  }
}

function rowOf(test: TestCase): [mark: string, time: string, name: string, fact: string] {
  const seconds = (test.diagnostic()?.duration ?? 0) / 1000;
  const { fact = "" } = test.meta();
  return [MARKS[test.result().state], `${seconds.toFixed(1)} s`, test.name, fact];
}
