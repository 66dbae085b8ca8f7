import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Root } from "protobufjs";
import { AsmFilterError } from "../errors.ts";

/** A `.proto` file, and what it declares. */
export interface ProtoFile {
  /** Relative to the `proto` folder, with slashes. */
  path: string;
  root: Root;
}

/**
 * Reads the `.proto` files of a folder with all that they import; those of `google/protobuf` need not be there.
 * @param paths relative to the folder
 * @throws {AsmFilterError} `ASMF_PROTO`
 */
export async function readProtoFiles(folder: string, paths: readonly string[]): Promise<ProtoFile[]> {
  const { default: protobuf } = await import("protobufjs");
  const root = new protobuf.Root();
  const found = new Map<string, string>();
  const read = (path: string, from: string): void => {
    if (found.has(path)) return;
    const known = protobuf.common.get(path);
    const text = known ? "" : textOf(folder, path, from);
    found.set(path, path);
    try {
      if (known) {
        root.addJSON(known.nested ?? {});
        markFile(root, path);
        return;
      }
      refuseOtherSyntax(text);
      const { imports = [], weakImports = [] } = protobuf.parse(text, root, { alternateCommentMode: true });
      markFile(root, path);
      for (const each of [...imports, ...weakImports]) read(each, path);
    } catch (cause) {
      if (cause instanceof AsmFilterError) throw cause;
      throw invalid(`proto/${path}: ${(cause as Error).message}`, cause);
    }
  };
  for (const path of paths) read(path, "");
  try {
    root.resolveAll();
  } catch (cause) {
    throw invalid((cause as Error).message, cause);
  }
  return [...found.keys()].map((path) => ({ path, root }));
}

/** Whatever has no file yet came with this one. */
function markFile(root: Root, path: string): void {
  const visit = (object: { filename: string | null; nestedArray?: unknown[] }): void => {
    object.filename ??= path;
    for (const each of object.nestedArray ?? []) visit(each as never);
  };
  for (const each of root.nestedArray) visit(each as never);
}

function textOf(folder: string, path: string, from: string): string {
  try {
    return readFileSync(join(folder, path), "utf8");
  } catch (cause) {
    const by = from && `, which proto/${from} imports,`;
    throw invalid(`proto/${path}${by} cannot be read: ${(cause as Error).message}`, cause);
  }
}

function refuseOtherSyntax(text: string): void {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  if (!/^\s*syntax\s*=\s*["']proto3["']\s*;/.test(code)) throw new Error('begins not with syntax = "proto3";');
}

function invalid(message: string, cause?: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_PROTO", message, {
    hint: "The .proto files of the folder proto are read as proto3; imports are relative to that folder. Correct the file.",
    cause,
  });
}
