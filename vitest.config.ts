import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts"],
    // Not a bound that any test comes near: a loaded machine must not fail a test that is right.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
