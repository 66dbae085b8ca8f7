// Brings a clone to the state in which everything else can run: the right Node, the locked dependencies, the built packages.
// Run by npm before `demo`, `test`, `test:mesh` and `bench`; it does nothing that is done already, and says what it does.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `asmfilter needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer one from nodejs.org.`,
  );
  process.exit(1);
}

function run(what, command, args) {
  const start = Date.now();
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error(`setup: ${what} failed (${command} ${args.join(" ")}).`);
    process.exit(status ?? 1);
  }
  console.error(`setup: ${what}, ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const stamp = join(root, "node_modules", ".asmfilter-lock");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  run("installed the locked dependencies", "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}
run("built the packages", process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-b"]);
