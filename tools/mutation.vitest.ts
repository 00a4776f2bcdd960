import { defineConfig } from "vitest/config";

/** The tests that `mutation.mjs` asks for, as packages/auth/vitest.config.ts would run them. */
export default defineConfig({
  test: {
    root: "packages/auth",
    include: (process.env.MUTATION_TESTS ?? "").split(","),
    isolate: false,
    globalSetup: "./test/global-setup.ts",
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
