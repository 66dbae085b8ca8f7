import { defineConfig } from "vitest/config";

/** The fast tests: beside the code of each package, and those under test/e2e that need nothing but Node. */
export default defineConfig({
  test: {
    include: ["{host,oci,controller,cli}/src/**/*.test.ts", "sdk/compiler/**/*.test.ts", "test/e2e/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    reporters: ["default", "./test/summary-reporter.ts"],
    testTimeout: 30_000,
    // Most of them compile a filter, which takes a second, and many of those where others compile too.
    hookTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
