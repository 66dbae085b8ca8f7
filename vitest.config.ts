import { defineConfig } from "vitest/config";

/** The fast tests: beside the code of each package, and those under test/e2e that need nothing but Node. */
export default defineConfig({
  test: {
    include: ["{host,oci,controller,cli}/src/**/*.test.ts", "sdk/compiler/**/*.test.ts", "test/e2e/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // Vitest would leave a core to itself, which on a machine of two is every other.
    maxWorkers: "100%",
    reporters: ["default", "./test/summary-reporter.ts"],
    testTimeout: 30_000,
    // Most hooks compile a filter: a second or two, and many times that where others compile as well.
    hookTimeout: 60_000,
  },
});
