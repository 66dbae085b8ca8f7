#!/usr/bin/env node
// Parses on Node 14, and loads nothing before the version is known: an older Node would fail on syntax, far from the cause.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `asmfilter needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer one from nodejs.org.`,
  );
  process.exitCode = 1;
} else {
  import("../dist/main.js").then((main) => main.runProcess());
}
