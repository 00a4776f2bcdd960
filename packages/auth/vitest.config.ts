import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "auth",
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/*.postgres.test.ts"],
    // The embedded database's code is compiled once per process instead of once per file.
    isolate: false,
    execArgv: ["--expose-gc"],
    globalSetup: "./test/global-setup.ts",
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
