import { defineConfig } from "vitest/config";

/** The tests on the real stack: API server, istiod, istio-agent, Envoy, registries. One after the other: they share two cores. */
export default defineConfig({
  test: {
    include: ["test/mesh/**/*.test.ts"],
    reporters: ["verbose", "./test/summary-reporter.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 1_800_000,
  },
});
