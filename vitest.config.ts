import { defineConfig } from "vitest/config";

// Not bounds that any test comes near: a loaded machine must not fail a test that is right.
const PATIENCE = { testTimeout: 120_000, hookTimeout: 120_000 };
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...PATIENCE,
          name: "all",
          setupFiles: ["scripts/property_seed.ts"],
          include: ["src/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["test/e2e/**"],
        },
      },
      // Whoever runs none of these does not wait for the build.
      { test: { ...PATIENCE, name: "e2e", include: ["test/e2e/**/*.test.ts"], globalSetup: ["test/e2e/build.ts"] } },
    ],
  },
});
