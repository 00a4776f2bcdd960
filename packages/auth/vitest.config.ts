import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "auth",
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/*.postgres.test.ts"],
    // The embedded database's code is compiled once per process instead of once per file.
    isolate: false,
    // Most of the work, so on all cores: a project alone would leave one of two idle. Projects that differ in this take turns.
    maxWorkers: availableParallelism(),
    sequence: { groupOrder: 1 },
    globalSetup: "./test/global-setup.ts",
    setupFiles: "./test/setup.ts",
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
