import { readFile } from "node:fs/promises";
import { AsmFilterError } from "../errors.ts";

/** @throws AsmFilterError `ASMF_MODULE_UNREADABLE` */
export async function readModule(path: string | URL): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new AsmFilterError("ASMF_MODULE_UNREADABLE", `${path} cannot be read: ${(cause as Error).message}`, {
      hint: "Build the filter first (asmfilter build), and give the path from the folder that the test runs in.",
      cause,
    });
  }
}

/** The artifact's JSON, which the compiler writes beside the module, names the module's filters. */
export async function rootIDOf(path: string | URL): Promise<string | undefined> {
  const metadata = path instanceof URL ? new URL(path) : path.replace(/\.wasm$/, ".json");
  if (metadata instanceof URL) metadata.pathname = metadata.pathname.replace(/\.wasm$/, ".json");
  try {
    const { rootIDs } = JSON.parse(await readFile(metadata, "utf8")) as { rootIDs?: unknown };
    return Array.isArray(rootIDs) && typeof rootIDs[0] === "string" ? rootIDs[0] : undefined;
  } catch {
    // Modules of other toolchains have no such file.
    return undefined;
  }
}
