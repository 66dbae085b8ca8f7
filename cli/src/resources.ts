import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { KIND } from "@asmfilter/controller/api";
import { parseAllDocuments } from "yaml";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { readText } from "./files.ts";

/** What a file holds at one place. */
export interface Resource {
  value: unknown;
  /** For messages: `two.yaml, document 2, shop/hello`. */
  place: string;
}

/** The resources of a file, and the places that hold something else. */
export interface Resources {
  found: Resource[];
  /** A sentence each: a file for a cluster holds Services and others besides ours. */
  skipped: string[];
}

/**
 * Reads the resources of our kind from a YAML or JSON file, `-` being stdin: each document one, a `List` as kubectl prints it all its items.
 * Whether they are valid is not looked at; what says no kind counts as ours, so that its mistakes are found.
 * @throws {AsmFilterError} ASMF_YAML_INVALID, for a file without one, or with two of a name, as well.
 */
export async function readResources(file: string, context: Context): Promise<Resources> {
  const source = file === "-" ? await text(context.stdin) : await readText(resolve(context.cwd, file));
  const name = file === "-" ? "stdin" : file;
  const all = parseDocuments(source, name);
  const found = all.filter(({ value }) => isOurs(value));
  const others = all.filter(({ value }) => !isOurs(value));
  if (found.length === 0) {
    const instead =
      others.length === 0 ? "no resource" : `no ${KIND}, only ${others.map(({ value }) => kindOf(value)).join(", ")}`;
    throw new AsmFilterError("ASMF_YAML_INVALID", `${name} holds ${instead}`, {
      hint: `It should hold one or more documents of kind ${KIND}.`,
    });
  }
  refuseTwins(found);
  return { found, skipped: others.map(({ value, place }) => `skipped ${place}: its kind is ${kindOf(value)}`) };
}

function parseDocuments(source: string, name: string): Resource[] {
  return parseAllDocuments(source).flatMap((document, index) => {
    const place = `${name}, document ${index + 1}`;
    const [error] = document.errors;
    if (error !== undefined) throw invalid(`${name} is not YAML: ${error.message.trimEnd()}`, error);
    try {
      return itemsOf(document.toJS(), place);
    } catch (cause) {
      // An alias without an anchor, or so many that they would expand without end.
      throw invalid(`${place} is not YAML: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    }
  });
}

function invalid(message: string, cause: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_YAML_INVALID", message, { hint: "Correct the file at that place.", cause });
}

function itemsOf(value: unknown, place: string): Resource[] {
  if (value === null || value === undefined) return [];
  const { kind, items } = Object(value) as { kind?: unknown; items?: unknown };
  if (kind !== "List" || !Array.isArray(items)) return [{ value, place: withName(place, value) }];
  return items.map((item, index) => ({ value: item, place: withName(`${place}, item ${index + 1}`, item) }));
}

function withName(place: string, value: unknown): string {
  const name = nameOf(value);
  return name === undefined ? place : `${place}, ${name}`;
}

/** `NAMESPACE/NAME`, where it has a name. */
function nameOf(value: unknown): string | undefined {
  const { metadata } = Object(value) as { metadata?: unknown };
  const { name, namespace = "default" } = Object(metadata) as { name?: unknown; namespace?: unknown };
  return typeof name === "string" ? `${namespace}/${name}` : undefined;
}

function kindOf(value: unknown): string | undefined {
  const { kind } = Object(value) as { kind?: unknown };
  return typeof kind === "string" ? kind : undefined;
}

function isOurs(value: unknown): boolean {
  return (kindOf(value) ?? KIND) === KIND;
}

/** In a cluster the second would replace the first. */
function refuseTwins(resources: readonly Resource[]): void {
  const places = new Map<string, string>();
  for (const { value, place } of resources) {
    const name = nameOf(value);
    if (name === undefined) continue;
    const first = places.get(name);
    if (first !== undefined) {
      throw new AsmFilterError("ASMF_YAML_INVALID", `${place}: the same name as in ${first}`, {
        hint: "Give one of them another name or namespace, or remove it.",
      });
    }
    places.set(name, place);
  }
}
