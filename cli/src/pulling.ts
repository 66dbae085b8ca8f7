import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readModule } from "@asmfilter/host/metadata";
import { type FilterConfig, readFilter, versionOf } from "@asmfilter/oci";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { inFolders, type NewFile, refuseReplacing, writeFiles } from "./files.ts";
import type { RegistryFlags } from "./options.ts";
import { openAccess, pinned, referenceOf, talk } from "./registry.ts";

export interface PullFlags extends RegistryFlags {
  /** A folder, or a file that ends in .wasm. */
  output: string;
  force?: boolean;
}

/** What was pulled, and the files that hold it now. */
export interface Pulled {
  /** With the digest. */
  reference: string;
  digest: string;
  /** Absolute paths: the module, and its configuration where the artifact has one. */
  files: string[];
}

/** Fetches an artifact, and writes module and configuration when all of it is there and verified; else nothing. */
export async function pullFilter(given: string, flags: PullFlags, context: Context): Promise<Pulled> {
  const reference = referenceOf(given, context);
  const { folder, file } = await outputOf(flags.output, context.cwd);
  const access = await openAccess(flags, context);
  return inFolders([folder], async () => {
    const doing = `pulling ${given}`;
    const { config, digest, wasm } = await talk(access, context, {
      reference,
      doing,
      async work(target, signal) {
        const { config, descriptor, wasm } = await readFilter(target, versionOf(reference), { signal });
        return { config, digest: descriptor.digest, wasm: await wasm({ signal }) };
      },
    });
    readModule(wasm); // an artifact may hold anything
    const path = join(folder, file ?? `${nameOf(config?.name, given)}.wasm`);
    const files: NewFile[] = [{ path, content: wasm }];
    if (config !== undefined) files.push({ path: path.replace(/\.wasm$/, ".json"), content: configText(config) });
    if (flags.force !== true) {
      await refuseReplacing(files, "Pull to another place by -o, or replace what is there by --force.");
    }
    await writeFiles(files);
    return { reference: pinned(given, digest), digest, files: files.map((file) => file.path) };
  });
}

/** Where -o points to. A name that ends in .wasm is a file's, unless a slash follows or a folder has it. */
async function outputOf(output: string, cwd: string): Promise<{ folder: string; file?: string }> {
  if (output === "-") {
    throw new AsmFilterError("ASMF_USAGE", "pull writes two files, and stdout is one", {
      hint: "Give -o a folder, or ./- for one of that name.",
    });
  }
  const path = resolve(cwd, output);
  const isFolder = /[/\\]$/.test(output) || (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (isFolder || !path.endsWith(".wasm")) return { folder: path };
  refuseTaken(basename(path, ".wasm"));
  return { folder: dirname(path), file: basename(path) };
}

/**
 * Names whose .json another tool obeys. Whoever pushes an artifact chooses its name and a part of what stands in NAME.json,
 * so such a file could run commands at the next `npm install`.
 */
const taken =
  /^(package|package-lock|npm-shrinkwrap|tsconfig|jsconfig|deno|biome|composer|settings|launch|tasks|config)$/i;

function refuseTaken(name: string): void {
  if (!taken.test(name)) return;
  throw new AsmFilterError("ASMF_USAGE", `a filter cannot be pulled as ${name}: other tools obey ${name}.json`, {
    hint: "Name the file by -o, for example -o filter.wasm.",
  });
}

/** The name in the artifact comes from whoever pushed it, and becomes a file's: a DNS label, as a filter's name is. */
function nameOf(name: string | undefined, given: string): string {
  if (name !== undefined && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name) && !taken.test(name)) return name;
  const repository = basename(given.replace(/@.*$/, "").replace(/:[^/]*$/, ""));
  refuseTaken(repository);
  return repository;
}

/** What is written of a config: fields of ours, in their order, and nothing that only another tool would read. */
const fields: Readonly<Record<keyof FilterConfig, true>> = {
  name: true,
  type: true,
  version: true,
  description: true,
  abi: true,
  rootIDs: true,
  schema: true,
  imports: true,
  exports: true,
  upstreams: true,
  defaults: true,
  examples: true,
  sdk: true,
  compiler: true,
  revision: true,
  keywords: true,
  license: true,
  source: true,
};

function configText(config: FilterConfig): string {
  const known = Object.entries(config).filter(([field]) => Object.hasOwn(fields, field));
  return `${JSON.stringify(Object.fromEntries(known), undefined, 2)}\n`;
}
