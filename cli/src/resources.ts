import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { parseAllDocuments } from "yaml";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";

/**
 * Reads the resources of a YAML or JSON file, `-` being stdin: each document one, a `List` as kubectl prints it all its items.
 * What they hold is not looked at.
 * @throws {AsmFilterError} ASMF_YAML_INVALID, for a file without a resource as well.
 */
export async function readResources(file: string, context: Context): Promise<unknown[]> {
  const source = file === "-" ? await text(context.stdin) : await readFile(resolve(context.cwd, file), "utf8");
  const name = file === "-" ? "stdin" : file;
  const found = parseDocuments(source, name).flatMap(itemsOf);
  if (found.length === 0) {
    throw new AsmFilterError("ASMF_YAML_INVALID", `${name} holds no resource`, {
      hint: "It should hold one or more documents of kind ASMFilterDeployment.",
    });
  }
  return found;
}

function parseDocuments(source: string, name: string): unknown[] {
  const values: unknown[] = [];
  for (const document of parseAllDocuments(source)) {
    const [error] = document.errors;
    if (error !== undefined) throw invalid(`${name} is not YAML: ${error.message.trimEnd()}`, error);
    try {
      values.push(document.toJS());
    } catch (cause) {
      // An alias without an anchor, or so many that they would expand without end.
      throw invalid(`${name} is not YAML: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    }
  }
  return values.filter((value) => value !== null && value !== undefined);
}

function invalid(message: string, cause: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_YAML_INVALID", message, { hint: "Correct the file at that place.", cause });
}

function itemsOf(value: unknown): unknown[] {
  const { kind, items } = Object(value) as { kind?: unknown; items?: unknown };
  return kind === "List" && Array.isArray(items) ? items : [value];
}
