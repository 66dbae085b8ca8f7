import { execFile } from "node:child_process";
import { type GoProgram, goBinary, goBinaryMissing } from "./go-binary.ts";
import { istioVersion } from "./istio-files.ts";

const validateProgram: GoProgram = {
  name: "validate-envoyfilter",
  module: "istio",
  package: "./cmd/validate-envoyfilter",
  version: istioVersion,
  override: "ASMFILTER_VALIDATE_ENVOYFILTER",
};

const fetchProgram: GoProgram = {
  name: "fetch-wasm",
  module: "istio",
  package: "./cmd/fetch-wasm",
  version: istioVersion,
  override: "ASMFILTER_FETCH_WASM",
};

export const envoyFilterValidator = {
  title: "Istio's EnvoyFilter validator",
  missing: (): string | undefined => goBinaryMissing(validateProgram),
};

export const agentFetcher = {
  title: "the istio-agent's image fetcher",
  missing: (): string | undefined => goBinaryMissing(fetchProgram),
};

export interface Verdict {
  readonly name: string;
  /** Empty when istiod's webhook would let the EnvoyFilter pass. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** What istiod's validating webhook says of each EnvoyFilter of a text of YAML or JSON documents. */
export async function validateEnvoyFilters(documents: string): Promise<Verdict[]> {
  const { code, stdout, stderr } = await run(await goBinary(validateProgram), [], documents);
  if (code > 1) throw new Error(stderr.trim());
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Verdict);
}

export interface FetchedWasm {
  /** Of the manifest. */
  readonly digest: string;
  /** Of the module, in hex; with `size` in bytes. */
  readonly sha256: string;
  readonly size: number;
}

/** Fetches a module as the istio-agent does. `dockerConfig` is the path of a config.json. @throws with the agent's reason when it refuses the image. */
export async function fetchAsAgent(
  reference: string,
  options: { dockerConfig?: string; insecure?: boolean; out?: string } = {},
): Promise<FetchedWasm> {
  const args = [
    ...(options.dockerConfig ? ["-docker-config", options.dockerConfig] : []),
    ...(options.insecure ? ["-insecure"] : []),
    ...(options.out ? ["-out", options.out] : []),
    reference,
  ];
  const { code, stdout, stderr } = await run(await goBinary(fetchProgram), args, "");
  if (code !== 0) throw new Error(stderr.trim());
  return JSON.parse(stdout) as FetchedWasm;
}

function run(
  file: string,
  args: readonly string[],
  input: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
    child.stdin!.on("error", () => {}).end(input);
  });
}
