import { type Digest, isDigest } from "./digest.ts";
import { AsmFilterError } from "./errors.ts";

/** An artifact in a registry: `registry.example.com:5000/filters/hello:0.1@sha256:…`. */
export interface RegistryReference {
  readonly kind: "registry";
  /** Host and, where given, port. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** An artifact in an OCI image layout on disk: `./store:0.1`. */
export interface LayoutReference {
  readonly kind: "layout";
  /** As written; relative to the working folder, `~` is the home folder. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export type Reference = RegistryReference | LayoutReference;

// distribution-spec 1.1, "Pulling manifests".
const repositoryGrammar = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagGrammar = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
// Before an @ stands a login, or what was meant as one, wherever no digest follows.
const loginGrammar = /^((?:[a-z]+:\/\/)?).*@(?!sha256:|sha512:|[a-z0-9]+:[0-9a-f]{32,}$)/is;
const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const registryGrammar = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:.]{2,45}\\])(?::[0-9]{1,5})?$`);

// Also keeps the expressions above away from long input.
const MAX_LENGTH = 4096;

/**
 * Reads a reference as people write it. `oci://` before it means nothing; what begins with `/`, `./`, `../` or `~` is a folder.
 * Neither tag nor digest is made up: where both are absent the caller decides what that means.
 *
 *     parseReference("ghcr.io/filters/hello:0.1")  // {kind: "registry", registry: "ghcr.io", repository: "filters/hello", tag: "0.1"}
 *     parseReference("./store:0.1")                // {kind: "layout", path: "./store", tag: "0.1"}
 *
 * @throws {AsmFilterError} `ASMF_OCI_REFERENCE_INVALID`, saying which part is wrong.
 */
export function parseReference(text: string): Reference {
  if (text.length > MAX_LENGTH) throw refused(`${text.slice(0, 60)}…`, `it has more than ${MAX_LENGTH} characters`);
  if (/^https?:\/\//i.test(text)) {
    throw refused(text, "it is a web address", `Leave ${text.slice(0, text.indexOf("//") + 2)} away.`);
  }
  const rest = text.startsWith("oci://") ? text.slice("oci://".length) : text;
  const { before, tag, digest } = splitVersion(rest, text);
  const version = { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
  return isPath(rest)
    ? { kind: "layout", path: checkPath(before, text), ...version }
    : { kind: "registry", ...splitName(before, text), ...version };
}

/** The text that {@link parseReference} reads as this reference. */
export function formatReference(reference: Reference): string {
  const { tag, digest } = reference;
  const name = reference.kind === "layout" ? reference.path : `${reference.registry}/${reference.repository}`;
  return `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/**
 * What to resolve: the digest where there is one, for it decides over the tag; else the tag.
 *
 * @throws {AsmFilterError} `ASMF_OCI_REFERENCE_INVALID` when there is neither.
 */
export function versionOf(reference: string | Pick<Reference, "tag" | "digest">): string {
  const version = typeof reference === "string" ? reference : (reference.digest ?? reference.tag);
  if (version) return version;
  const text = typeof reference === "object" && "kind" in reference ? formatReference(reference as Reference) : "";
  throw refused(text, "it names no tag and no digest", "Add :TAG or @DIGEST.");
}

export function isTag(value: unknown): value is string {
  return typeof value === "string" && tagGrammar.test(value);
}

/** @throws {AsmFilterError} `ASMF_OCI_REFERENCE_INVALID` */
export function checkTag(tag: string): string {
  if (isTag(tag)) return tag;
  throw refused(
    tag,
    "it is no tag",
    "A tag has up to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two.",
  );
}

/** Whether `text` is a digest (true) or a tag (false). @throws {AsmFilterError} `ASMF_OCI_REFERENCE_INVALID` when it is neither. */
export function namesDigest(text: string): text is Digest {
  if (isDigest(text)) return true;
  checkTag(text);
  return false;
}

function isPath(text: string): boolean {
  return /^(?:\/|\.\/|\.\.\/|~)/.test(text) || text === "." || text === "..";
}

function splitVersion(rest: string, text: string): { before: string; tag?: string; digest?: Digest } {
  const at = rest.lastIndexOf("@");
  // In a path an @ before the last slash belongs to a folder.
  const hasDigest = at >= 0 && !(isPath(rest) && rest.includes("/", at));
  const digest = hasDigest ? rest.slice(at + 1) : undefined;
  const hasLogin = !isPath(rest) && hasDigest && loginGrammar.test(rest);
  if (hasLogin || (digest !== undefined && !isDigest(digest))) {
    throw refused(
      text,
      "after an @ there is no digest",
      "A digest is sha256: and 64, or sha512: and 128 lower-case hexadecimal digits.",
    );
  }
  const named = hasDigest ? rest.slice(0, at) : rest;
  const colon = named.lastIndexOf(":");
  const version = digest === undefined ? {} : { digest };
  // A colon before the last slash belongs to a port or a folder.
  if (colon < 0 || named.includes("/", colon)) return { before: named, ...version };
  const tag = named.slice(colon + 1);
  if (!tagGrammar.test(tag)) throw refused(text, `${JSON.stringify(tag)} is no tag`);
  return { before: named.slice(0, colon), tag, ...version };
}

function splitName(name: string, text: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  if (slash < 0) {
    throw refused(
      text,
      "it names no registry",
      "Write REGISTRY/REPOSITORY:TAG, or ./FOLDER:TAG for an image layout on disk.",
    );
  }
  const registry = name.slice(0, slash);
  const repository = name.slice(slash + 1);
  if (!registryGrammar.test(registry))
    throw refused(text, `${JSON.stringify(registry)} is no host with an optional port`);
  if (!isHost(registry)) throw refused(text, `${JSON.stringify(registry)} is read as another host, or as none`);
  const port = /:([0-9]+)$/.exec(registry)?.[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) throw refused(text, `${port} is no port`);
  if (!repositoryGrammar.test(repository)) {
    throw refused(
      text,
      `${JSON.stringify(repository)} is no repository`,
      "A repository has lower-case letters and digits, separated by `.`, `_`, `-` and `/`.",
    );
  }
  if (name.length > 255) throw refused(text, "registry and repository have more than 255 characters");
  return { registry, repository };
}

/** URLs have more ways to write an address: `999` is 0.0.3.231, and `0x7f000001` this machine. */
function isHost(registry: string): boolean {
  const host = registry.replace(/:[0-9]+$/, "");
  return URL.canParse(`https://${host}`) && new URL(`https://${host}`).hostname === host.toLowerCase();
}

function checkPath(path: string, text: string): string {
  if (path.includes("\0")) throw refused(text, "a path holds no NUL");
  if (/^~[^/]/.test(path))
    throw refused(text, "another user's home folder is not looked up", "Write the path in full.");
  return path;
}

function refused(text: string, why: string, hint?: string): AsmFilterError {
  const isLayout = isPath(text.replace(/^oci:\/\//, ""));
  const shown = isLayout ? text : text.replace(loginGrammar, "$1…@");
  return new AsmFilterError("ASMF_OCI_REFERENCE_INVALID", `${JSON.stringify(shown)} is no reference: ${why}`, {
    hint: hint ?? "A reference is REGISTRY/REPOSITORY[:TAG][@DIGEST], or a path such as ./FOLDER[:TAG][@DIGEST].",
  });
}
