/**
 * `npm run bench`: prints tables of what things cost, peers side by side in one run.
 *
 *     npm run bench                      # every table
 *     npm run bench -- sdk.bytes         # one; `sdk` is all whose names begin so
 *     npm run bench -- sdk --rounds 31 --requests 4000 --format json > sdk.json
 *
 * Tables go to stdout, what is being done to stderr. Nothing is asserted: whoever reads it decides.
 * @module
 */
import { parseArgs } from "node:util";
import { machine } from "./machine.ts";
import { benchmarks } from "./sdk/index.ts";
import { markdown, records, type Table } from "./table.ts";

const USAGE = `npm run bench -- [TABLE ...] [--rounds N] [--requests N] [--format markdown|json]\n`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "21" },
      requests: { type: "string", default: "2000" },
      format: { type: "string", default: "markdown" },
    },
  });
  const effort = { rounds: Number(values.rounds), requests: Number(values.requests) };
  const chosen = benchmarks.filter(
    ({ name }) => positionals.length === 0 || positionals.some((text) => name === text || name.startsWith(`${text}.`)),
  );
  const isSound = effort.rounds > 0 && effort.requests > 0 && ["markdown", "json"].includes(values.format);
  if (!isSound || chosen.length === 0) {
    process.stderr.write(`${USAGE}tables: ${benchmarks.map(({ name }) => name).join(", ")}\n`);
    return 2;
  }
  const tables: Table[] = [];
  const facts = Object.entries(machine()).map(([name, value]) => `${name}: ${value}`);
  if (values.format === "markdown") process.stdout.write(`${facts.join("; ")}.\n\n`);
  for (const { name, run } of chosen) {
    process.stderr.write(`bench: ${name} …\n`);
    const table = await run(effort);
    tables.push(table);
    if (values.format === "markdown") process.stdout.write(`${markdown(table)}\n`);
  }
  if (values.format === "json") process.stdout.write(`${JSON.stringify(document(tables), null, 2)}\n`);
  return 0;
}

function document(tables: Table[]): object {
  const entries = tables.map((table) => ({ ...table, columns: undefined, rows: records(table) }));
  return { machine: machine(), tables: entries };
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.stack : error}\n`);
  return 1;
});
