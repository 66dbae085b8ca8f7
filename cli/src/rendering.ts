import { type ASMFilterDeployment, parseDeployment } from "@asmfilter/controller/api";
import { type Artifact, check, type EnvoyFilter, render } from "@asmfilter/controller/render";
import { capabilities, readModule } from "@asmfilter/host/metadata";
import { AsmFilterError as OCIError, parseReference } from "@asmfilter/oci";
import { sha256 } from "./building.ts";
import type { Context } from "./context.ts";
import { type ClusterFlags, type DirectFlags, placeholderWarning, settingsFrom } from "./direct.ts";
import { AsmFilterError } from "./errors.ts";
import type { RegistryFlags } from "./options.ts";
import { type Access, openAccess, refuseSharedStdin } from "./registry.ts";
import { isFailure } from "./report.ts";
import { readResources } from "./resources.ts";
import { openSubject, type Subject } from "./subject.ts";

export interface RenderFlags extends RegistryFlags, DirectFlags, ClusterFlags {
  file: string;
  artifact?: string;
  delivery?: "direct" | "registry";
}

export interface Rendered {
  filters: EnvoyFilter[];
  /** Places of the file that hold something else than a resource of ours, a sentence each. */
  skipped: string[];
  /** What the user has to know before applying them, a sentence each. */
  warnings: string[];
}

/** Renders every resource of a file by the same functions as the controller; nothing is returned unless all of them are right. */
export async function renderAll(flags: RenderFlags, context: Context): Promise<Rendered> {
  refuseSharedStdin({
    "--file -": flags.file === "-",
    "--token-file -": flags.tokenFile === "-",
    "--password-stdin": flags.passwordStdin === true,
  });
  const { found, skipped } = await readResources(flags.file, context);
  const placed = await each(found, async ({ value, place }) => ({ deployment: parse(value, flags.delivery), place }));
  const images = new Set(placed.map(({ deployment }) => deployment.spec.filter.image));
  const direct = placed.filter(({ deployment }) => deployment.spec.delivery === "Direct");
  refuseOneForMany("--artifact", flags.artifact, images.size, "images");
  refuseOneForMany("--token-file", flags.tokenFile, direct.length, "resources");
  if (flags.artifact === undefined) {
    // A password is for one, and must not be sent to whatever else a file names.
    const registries = new Set(await each(placed, async ({ deployment }) => registryOf(deployment.spec.filter.image)));
    refuseOneForMany("--username", flags.username, registries.size, "registries");
  }

  const { settings, placeholders } = await settingsFrom(flags, context);
  const access = await openAccess(flags, context);
  const artifacts = new Map<string, Artifact>();
  const filters = await each(placed, async ({ deployment }) => {
    const { image } = deployment.spec.filter;
    const artifact = artifacts.get(image) ?? (await artifactOf(image, flags, access, context));
    artifacts.set(image, artifact);
    check(deployment, artifact);
    return render(deployment, artifact, settings);
  });
  const warnings = direct.length > 0 && placeholders.length > 0 ? [placeholderWarning(placeholders)] : [];
  return { filters, skipped, warnings };
}
/** Does one after the other; what fails says where in the file it stands. */
async function each<T extends { place: string }, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) {
    try {
      results.push(await work(item));
    } catch (error) {
      if (isFailure(error)) error.message = `${item.place}: ${error.message}`;
      throw error;
    }
  }
  return results;
}

function registryOf(image: string): string {
  const reference = parseReference(image);
  return reference.kind === "registry" ? reference.registry : "";
}

/** The flag counts as if it stood in the resource, so that the rules between its fields hold. */
function parse(resource: unknown, delivery: RenderFlags["delivery"]): ASMFilterDeployment {
  const spec = (Object(resource) as { spec?: unknown }).spec;
  if (delivery === undefined || spec === null || typeof spec !== "object") return parseDeployment(resource);
  const wanted = delivery === "direct" ? "Direct" : "Registry";
  return parseDeployment({ ...(resource as object), spec: { ...spec, delivery: wanted } });
}

function refuseOneForMany(flag: string, value: string | undefined, count: number, what: string): void {
  if (value === undefined || count < 2) return;
  throw new AsmFilterError("ASMF_USAGE", `${flag} is for one, and the file names ${count} ${what}`, {
    hint: "Render the resources one at a time, or leave the flag out.",
  });
}

async function artifactOf(image: string, flags: RenderFlags, access: Access, context: Context): Promise<Artifact> {
  const subject = await openSubject(flags.artifact ?? image, access, context).catch((error: unknown) => {
    throw flags.artifact === undefined ? withWayOut(error) : error;
  });
  const digest = subject.digest;
  if (digest === undefined) {
    throw new AsmFilterError("ASMF_USAGE", `${flags.artifact} is a module without a manifest, so it has no digest`, {
      hint: "Give --artifact the filter's folder, or an image layout to which it was pushed.",
    });
  }
  refuseOtherDigest(image, { ...subject, digest });
  return {
    digest,
    wasmSha256: sha256(subject.wasm),
    size: subject.wasm.byteLength,
    config: subject.config,
    capabilities: capabilities(readModule(subject.wasm)),
  };
}

/** Where the registry is not to be reached, a copy of the artifact will do. */
function withWayOut(error: unknown): unknown {
  if (!(error instanceof OCIError) || error.code !== "ASMF_OCI_UNREACHABLE") return error;
  const hint = `${error.hint} Or give the artifact by --artifact, from an image layout or the filter's folder.`;
  return new OCIError(error.code, error.message, { hint, cause: error });
}

/** A resource that is pinned to a digest must not be rendered with another artifact. */
function refuseOtherDigest(image: string, { digest, source }: Subject & { digest: string }): void {
  const pinned = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
  if (pinned === undefined || pinned === digest) return;
  throw new AsmFilterError("ASMF_ARTIFACT_MISMATCH", `the resource names ${image}, and ${source} is ${digest}`, {
    hint: "Give the artifact that the resource names, or change the digest in the resource.",
  });
}
