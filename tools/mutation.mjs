#!/usr/bin/env node
// Breaks the code that everything rests on, one small change at a time, and counts how often a test notices:
// `node tools/mutation.mjs [part …]`. Survivors are printed; a part below the floor fails.
import { fileURLToPath } from "node:url";
import { Stryker } from "@stryker-mutator/core";

const FLOOR = 85;

/** What is broken, and the tests that must notice. The fewer they are, the sooner a survivor is known. */
const PARTS = {
  crypto: { code: "src/crypto/*.ts", tests: ["src/crypto/*"] },
  tokens: { code: "src/features/tokens/*.ts", tests: ["src/features/tokens/*"] },
  limits: { code: "src/features/rate-limits/*.ts", tests: ["src/features/rate-limits/*"] },
  sessions: { code: "src/features/sessions/*.ts", tests: ["src/features/sessions/*"] },
  login: {
    code: "src/{login,proof}.ts",
    tests: ["front-door", "meanwhile", "guards", "audit-trail", "mail-flood"].map(
      (name) => `test/${name}`,
    ),
  },
  guards: { code: "src/router/guards.ts", tests: ["test/guards"] },
};

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PARTS);
const unknown = names.find((name) => !PARTS[name]);
if (unknown) fail(`No part "${unknown}"; there are ${Object.keys(PARTS).join(", ")}.`);

const scores = {};
for (const name of names) scores[name] = scoreOf(await mutate(PARTS[name]));
console.log("\n| part | mutants | killed | survived | score |\n|---|--:|--:|--:|--:|");
for (const [name, { total, killed, score }] of Object.entries(scores)) {
  console.log(`| ${name} | ${total} | ${killed} | ${total - killed} | ${score.toFixed(1)} % |`);
}
const weak = Object.keys(scores).filter((name) => scores[name].score < FLOOR);
if (weak.length > 0) fail(`Below ${FLOOR} %: ${weak.join(", ")}`);

function mutate({ code, tests }) {
  // Read by tools/mutation.vitest.ts, in the processes that Stryker starts.
  process.env.MUTATION_TESTS = tests.map((test) => `${test}.test.ts`).join(",");
  return new Stryker({
    mutate: [`packages/auth/${code}`, "!**/*.test.ts"],
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "tools/mutation.vitest.ts", related: false },
    // The copy that is broken needs the packages alone.
    ignorePatterns: ["bench", "fixtures", "topology", "**/dist", ".toolchain"],
    // A test that is slow on a busy machine must not count as one that noticed.
    timeoutMS: 60_000,
    // The embedded databases of many runs in one process add up to gigabytes.
    maxTestRunnerReuse: 50,
    reporters: ["clear-text", "progress-append-only"],
    clearTextReporter: {
      logTests: false,
      reportTests: false,
      reportScoreTable: false,
      allowColor: false,
    },
    thresholds: { high: 100, low: FLOOR, break: null },
  }).runMutationTest();
}

function scoreOf(mutants) {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const killed = count("Killed", "Timeout");
  const total = killed + count("Survived", "NoCoverage");
  return { total, killed, score: (100 * killed) / total };
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
