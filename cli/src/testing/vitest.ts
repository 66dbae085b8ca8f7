/**
 * The process that runs the tests of the filter in the current folder: vitest, with its arguments from the command line.
 * The folder needs nothing installed: what its tests import is ours.
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseCLI, startVitest } from "vitest/node";

const root = process.cwd();
const ours = {
  vitest: import.meta.resolve("vitest"),
  "@asmfilter/host": import.meta.resolve("@asmfilter/host"),
  "@asmfilter/host/testing": import.meta.resolve("@asmfilter/host/testing"),
  "@asmfilter/host/metadata": import.meta.resolve("@asmfilter/host/metadata"),
};
const config = ["ts", "mts", "js", "mjs"]
  .map((end) => `vitest.config.${end}`)
  .find((name) => existsSync(join(root, name)));
const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);

const vitest = await startVitest(
  "test",
  filter,
  // Only a configuration in the filter's own folder counts: vitest would look for one in the folders above as well.
  { watch: false, root, config: config ?? false, cache: false, ...options },
  {
    resolve: {
      alias: Object.entries(ours).map(([name, url]) => ({
        find: new RegExp(`^${name}$`),
        replacement: fileURLToPath(url),
      })),
    },
    // Else vite makes a node_modules folder in the filter's.
    cacheDir: join(root, "build", ".vitest"),
    server: { fs: { allow: [root, ...Object.values(ours).map((url) => dirname(fileURLToPath(url)))] } },
  },
);
await vitest.close();
