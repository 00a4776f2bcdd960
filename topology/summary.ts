import type { Reporter, TestCase, TestModule } from "vitest/node";

const MARKS = { passed: "ok", failed: "FAILED", skipped: "SKIPPED", pending: "unfinished" };

/** Prints one line per test at the end: the result, how long it took, what was measured. */
export class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    console.log("\nTwo nodes, pgbouncer, a primary and its replica:\n");
    for (const test of tests) console.log(lineOf(test));
    const held = tests.filter((test) => test.result().state === "passed").length;
    console.log(`\n  ${held} of ${tests.length} hold\n`);
  }
}

function lineOf(test: TestCase): string {
  const seconds = (test.diagnostic()?.duration ?? 0) / 1000;
  const { fact } = test.meta();
  const mark = MARKS[test.result().state].padEnd(10);
  const time = `${seconds.toFixed(1)} s`.padStart(6);
  return `  ${mark} ${time}  ${test.fullName}${fact ? `: ${fact}` : ""}`;
}
