import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isObject } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { CredentialProvider, Credentials } from "./credentials.ts";

// Docker Hub is stored under the address of its old index.
const hub = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/**
 * The credentials that `docker login`, `oras login` and `podman login` leave in `auths` of `$DOCKER_CONFIG/config.json`, or of
 * `~/.docker/config.json`. Read anew each time, so that a login takes effect in a process that runs on. No file: no credentials.
 *
 *     repository("ghcr.io/filters/hello", { credentials: dockerCredentials(process.env) });
 */
export function dockerCredentials(env: Readonly<Record<string, string | undefined>> = process.env): CredentialProvider {
  const folder = env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker");
  const file = join(folder, "config.json");
  return async (registry, repository) => {
    const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
      throw unusable(file, cause.code ?? "it cannot be read");
    });
    return text === undefined ? undefined : parseDockerConfig(text, file)(registry, repository);
  };
}

/**
 * Credentials from the text of a docker config.json, as in a Kubernetes secret of type `kubernetes.io/dockerconfigjson`.
 *
 * @param title what the text is, for messages; its content is never in one.
 * @throws {AsmFilterError} `ASMF_OCI_CREDENTIALS_INVALID`
 */
export function parseDockerConfig(text: string, title: string): CredentialProvider {
  const { auths, helpers, store } = readConfig(text, title);
  return (registry, repository) => {
    const keys = [...keysFor(registry.toLowerCase(), repository)];
    const helper = keys.map((key) => helpers.get(key)).find((name) => name !== undefined);
    if (helper !== undefined) throw keptByHelper(title, helper);
    const key = keys.find((key) => auths.has(key));
    if (key === undefined) return undefined;
    const found = readEntry(auths.get(key), `${title}, auths ${JSON.stringify(key)}`);
    // An empty entry is what docker leaves where the store has the login.
    if (found === undefined && store !== undefined) throw keptByHelper(title, store);
    return found;
  };
}

/** The most exact first: podman also stores by repository (containers-auth.json(5)). */
function* keysFor(registry: string, repository: string): Generator<string> {
  const host = hub.has(registry) ? "index.docker.io" : registry;
  const parts = repository.split("/");
  for (let length = parts.length; length > 0; length -= 1) yield `${host}/${parts.slice(0, length).join("/")}`;
  yield host;
  if (host !== registry) yield "docker.io";
}

function readConfig(text: string, title: string) {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Without the parser's error as cause: it quotes the text.
    throw unusable(title, "it is no JSON");
  }
  if (!isObject(value)) throw unusable(title, "it is no JSON object");
  const byHost = (field: string): Map<string, unknown> => {
    const entries = value[field] ?? {};
    if (!isObject(entries)) throw unusable(title, `\`${field}\` is no object`);
    return new Map(Object.entries(entries).map(([key, entry]) => [withoutScheme(key), entry]));
  };
  return { auths: byHost("auths"), helpers: byHost("credHelpers"), store: value.credsStore };
}

/** `https://index.docker.io/v1/` → `index.docker.io`; `ghcr.io/owner` stays. Hosts have no case, and repositories only small letters. */
function withoutScheme(key: string): string {
  return key
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/(?:v[12]\/?)?$/, "");
}

function keptByHelper(title: string, helper: unknown): AsmFilterError {
  const name = typeof helper === "string" ? printable(`docker-credential-${helper}`, 60) : "a helper";
  return new AsmFilterError("ASMF_OCI_CREDENTIALS_INVALID", `${title} leaves the login to ${name}`, {
    hint: "Credential helpers are not supported yet. Give user name and password, or log in with a config.json without `credsStore` and `credHelpers`.",
  });
}

function readEntry(entry: unknown, title: string): Credentials | undefined {
  if (!isObject(entry)) throw unusable(title, "it is no object");
  const { auth, username, password, identitytoken } = entry;
  if (typeof identitytoken === "string" && identitytoken !== "") return { identityToken: identitytoken };
  if (typeof username === "string" && typeof password === "string") return { username, password };
  if (typeof auth !== "string" || auth === "") return undefined;
  const decoded = Buffer.from(auth, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon < 0) throw unusable(title, "`auth` is no base64 of USER:PASSWORD");
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, "") };
}

function unusable(title: string, why: string): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_CREDENTIALS_INVALID", `cannot take credentials from ${title}: ${why}`, {
    hint: "Log in again, or give a user name and password.",
  });
}
