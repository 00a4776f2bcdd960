import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "auth-postgres",
    include: ["src/**/*.postgres.test.ts", "test/**/*.postgres.test.ts"],
    globalSetup: "./test/postgres-setup.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
