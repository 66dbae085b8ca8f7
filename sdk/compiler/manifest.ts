import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Document, parseDocument } from "yaml";
import { z } from "zod";
import { AsmFilterError } from "./errors.ts";

const FILE = "filter.yaml";
/** As registries and Kubernetes take it: a filter's name becomes a part of both. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const name = z.string().regex(NAME, "must be lower case letters, digits and hyphens, at most 63");

const example = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  parameters: z.record(z.string(), z.json()).refine(isExact, "holds a number that JSON would not keep"),
});

/** Integers beyond 2^53 come out of a YAML or JSON reader as other numbers. */
function isExact(value: unknown): boolean {
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value);
  return typeof value !== "object" || value === null || Object.values(value).every(isExact);
}

/** https://semver.org, without build metadata, which tags of registries cannot hold. */
const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*)?$/;

const defaults = z.strictObject({
  patchContext: z.enum(["SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY"]).optional(),
  failurePolicy: z.enum(["FailClosed", "FailOpen"]).optional(),
  placement: z
    .strictObject({
      before: z.string().optional(),
      after: z.string().optional(),
      first: z.boolean().optional(),
      priority: z.int().optional(),
    })
    .refine(({ before, after, first }) => [before, after, first].filter((each) => each !== undefined).length <= 1, {
      message: "before, after and first exclude each other",
    })
    .optional(),
});

const manifest = z.strictObject({
  name,
  version: z.string().regex(VERSION, "must be a semantic version, as 1.2.3"),
  description: z.string().default(""),
  license: z.string().optional(),
  source: z.string().optional(),
  keywords: z.array(z.string()).optional(),
  type: z.enum(["http", "network"]).default("http"),
  language: z.enum(["assemblyscript", "rust", "go", "cpp"]).default("assemblyscript"),
  /** The module of a filter that is built by other means, relative to the folder. */
  module: z.string().optional(),
  /** Each is bound to a cluster by the deployment. */
  upstreams: z
    .array(name)
    .max(32)
    .refine((names) => new Set(names).size === names.length, { message: "names one more than once" })
    .optional(),
  defaults: defaults.optional(),
  examples: z.array(example).default([]),
});

/** What `filter.yaml` says, with its defaults filled in. */
export type FilterManifest = z.infer<typeof manifest>;

/**
 * Reads `filter.yaml` of a filter's folder. A key that it does not know is refused: a misspelt one would be lost.
 * @throws {AsmFilterError} `ASMF_MANIFEST_MISSING` or `ASMF_MANIFEST_INVALID`, which names the path of each mistake
 */
export async function readManifest(folder: string): Promise<FilterManifest> {
  const path = join(folder, FILE);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new AsmFilterError("ASMF_MANIFEST_MISSING", `${path} cannot be read: ${cause.code}`, {
      hint: "Run this in a filter's folder, or make one with `asmfilter init NAME`.",
      cause,
    });
  });
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake) throw invalid(path, [mistake.message.split("\n", 1)[0] ?? ""], mistake);
  const result = manifest.safeParse(toValue(document, path) ?? {});
  if (result.success) return result.data;
  throw invalid(path, result.error.issues.map(describeIssue), result.error);
}

/** Aliases are followed only here, and may lead nowhere. */
function toValue(document: Document.Parsed, path: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw invalid(path, [(cause as Error).message], cause);
  }
}

/** An issue with its path, as `examples[0].name: …`. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const at = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return `${at.replace(/^\./, "") || "the document"}: ${issue.message}`;
}

/** The error that names what is wrong in `filter.yaml`. */
export function invalid(path: string, mistakes: string[], cause?: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_MANIFEST_INVALID", `${path} is not valid\n${mistakes.join("\n")}`, {
    hint: "Correct what is named above. docs/reference lists what filter.yaml may hold.",
    cause,
  });
}
