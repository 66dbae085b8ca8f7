import { randomBytes } from "node:crypto";
import { createAuthority, type KeyPair } from "./discovery/index.ts";
import { AsmFilterError } from "./errors.ts";
import { type Content, type Kube, KubeError, resources } from "./kube/index.ts";

/** What outlives the process and is the same on all replicas. */
export interface Keys {
  /** Issues the discovery server's certificate; its own certificate stands in every EnvoyFilter. */
  readonly authority: KeyPair;
  /** The proxies' tokens follow from it. */
  readonly tokenKey: Buffer;
}

type Secret = Content<{ type?: string; data?: Record<string, string> }>;

const secretName = "asmfilter-controller";
const certificateField = "ca.crt";
const keyField = "ca.key";
const tokenField = "token.key";
const tokenBytes = 32;

/**
 * The controller's keys, from the Secret `asmfilter-controller` in its namespace. Made where there is none; of several replicas
 * that start at once, one makes it.
 *
 * @throws {AsmFilterError} `ASMF_CONTROLLER_SECRET_INVALID` for a Secret that lacks a part: it is never overwritten.
 */
export async function loadKeys(kube: Kube, namespace: string): Promise<Keys> {
  const existing = await kube.get<Secret>(resources.secrets, namespace, secretName);
  return keysIn(existing ?? (await create(kube, namespace)), namespace);
}

async function create(kube: Kube, namespace: string): Promise<Secret> {
  const authority = await createAuthority();
  const data = {
    [certificateField]: Buffer.from(authority.certificate).toString("base64"),
    [keyField]: Buffer.from(authority.key).toString("base64"),
    [tokenField]: randomBytes(tokenBytes).toString("base64"),
  };
  const secret: Secret = { metadata: { name: secretName, namespace }, type: "Opaque", data };
  try {
    return await kube.create(resources.secrets, secret);
  } catch (error) {
    if (!(error instanceof KubeError && error.reason === "AlreadyExists")) throw error;
    const others = await kube.get<Secret>(resources.secrets, namespace, secretName);
    if (others === undefined) throw error;
    return others;
  }
}

function keysIn({ data = {} }: Secret, namespace: string): Keys {
  const field = (name: string): Buffer => Buffer.from(data[name] ?? "", "base64");
  const certificate = field(certificateField).toString();
  const key = field(keyField).toString();
  const tokenKey = field(tokenField);
  const problem =
    (!certificate.includes("-----BEGIN CERTIFICATE-----") && `${certificateField} is no PEM certificate`) ||
    (!key.includes("-----BEGIN PRIVATE KEY-----") && `${keyField} is no PEM private key`) ||
    (tokenKey.length < tokenBytes && `${tokenField} has less than ${tokenBytes} bytes`);
  if (problem) {
    throw new AsmFilterError("ASMF_CONTROLLER_SECRET_INVALID", `the Secret ${namespace}/${secretName}: ${problem}`, {
      hint: "Put back what it held, or delete it: then a new one is made, and all EnvoyFilters are written anew.",
    });
  }
  return { authority: { certificate, key }, tokenKey };
}
