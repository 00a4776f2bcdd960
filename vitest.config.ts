import { defineConfig } from "vitest/config";

export default defineConfig({
  // All cores: by default one is left idle, which of two is half.
  test: {
    maxWorkers: "100%",
    projects: ["packages/*/vitest.config.ts", "fixtures/*/vitest.config.ts"],
    // What docs/testing.md promises of the library.
    coverage: {
      include: ["packages/auth/src/**/*.ts"],
      exclude: ["**/*.test.ts"],
      reporter: ["text"],
      skipFull: true,
      thresholds: { 100: true },
    },
  },
});
