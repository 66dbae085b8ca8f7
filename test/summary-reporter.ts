import type { Reporter, SerializedError, TestModule } from "vitest/node";

/**
 * Ends a run with what was skipped, by name and with the reason, and one plain line of counts.
 * Under `ASMFILTER_REQUIRE_STACK=1` a skip is a failure.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandled.length;
    const skipped: string[] = [];
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") passed += 1;
        else if (result.state === "failed") failed += 1;
        else skipped.push(`${test.fullName}: ${(result.state === "skipped" && result.note) || "no reason given"}`);
      }
    }
    for (const line of skipped) console.log(`skipped  ${line}`);
    if (skipped.length > 0 && process.env.ASMFILTER_REQUIRE_STACK === "1") {
      console.log(`ASMFILTER_REQUIRE_STACK=1: ${skipped.length} skipped test(s) count as failed.`);
      failed += skipped.length;
      process.exitCode = 1;
    }
    console.log(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  }
}
