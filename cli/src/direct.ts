import { X509Certificate } from "node:crypto";
import { isIPv6 } from "node:net";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { isHost } from "@asmfilter/controller/api";
import type { Settings } from "@asmfilter/controller/render";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { readText } from "./files.ts";

/** What delivery Direct needs of an installation. */
export interface DirectFlags {
  controllerAddress?: string;
  controllerCa?: string;
  /** `-` is stdin: on the command line itself everybody on the machine could read it. */
  tokenFile?: string;
}

/** What rendering needs to know of the cluster. */
export interface ClusterFlags {
  clusterDomain?: string;
}

const defaultAddress = "asmfilter-controller.asmfilter-system.svc:18443";

/** What only the controller of an installation knows; what the flags do not say stands there as a placeholder that cannot be missed. */
export async function settingsFrom(
  flags: DirectFlags & ClusterFlags,
  context: Context,
): Promise<{ settings: Settings; placeholders: string[] }> {
  const { controllerAddress, controllerCa, tokenFile, clusterDomain } = flags;
  if (controllerAddress !== undefined) checkAddress(controllerAddress);
  if (clusterDomain !== undefined) checkDomain(clusterDomain);
  const ca = controllerCa === undefined ? undefined : await readCertificates(controllerCa, context);
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile, context);
  const placeholders = [
    ...(ca === undefined ? ["the CA (--controller-ca)"] : []),
    ...(token === undefined ? ["the token (--token-file)"] : []),
  ];
  const settings: Settings = {
    address: controllerAddress ?? defaultAddress,
    ca: ca ?? "PLACEHOLDER: the CA of asmfilter-controller, PEM",
    token: ({ namespace, name }) => token ?? `PLACEHOLDER-TOKEN-OF-${namespace}/${name}`,
    ...(clusterDomain !== undefined && { clusterDomain }),
  };
  return { settings, placeholders };
}

/** A sentence for the user who is about to apply placeholders. */
export function placeholderWarning(placeholders: readonly string[]): string {
  const stand = placeholders.length === 1 ? "stands there as a placeholder" : "stand there as placeholders";
  return `delivery Direct needs what only the controller knows: ${placeholders.join(" and ")} ${stand}. Let the controller write this EnvoyFilter, or use --delivery registry for one that needs no controller.`;
}

function checkAddress(address: string): void {
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(address) ?? [];
  const isName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/i.test(host) && !host.includes("..");
  const isAddress = /^\[.*\]$/.test(host) && isIPv6(host.slice(1, -1));
  if ((isName || isAddress) && Number(port) > 0 && Number(port) < 65536) return;
  throw new AsmFilterError("ASMF_USAGE", `--controller-address takes HOST:PORT, and "${address}" is none`, {
    hint: `Give it as in --controller-address ${defaultAddress}; an IPv6 address stands in brackets.`,
  });
}

function checkDomain(domain: string): void {
  if (isHost(domain)) return;
  throw new AsmFilterError("ASMF_USAGE", `--cluster-domain takes a DNS name, and "${domain}" is none`, {
    hint: "Leave it out where the domain of the cluster's Services is cluster.local.",
  });
}

async function readCertificates(file: string, context: Context): Promise<string> {
  const pem = await readText(resolve(context.cwd, file));
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (cause) {
    throw noCertificate(file, cause);
  }
  if (blocks.length === 0) throw noCertificate(file);
  return pem;
}

function noCertificate(file: string, cause?: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_FILE", `${file} holds no certificate in PEM`, {
    hint: "Give --controller-ca the file with the controller's CA; it begins with -----BEGIN CERTIFICATE-----.",
    cause,
  });
}

async function readToken(file: string, context: Context): Promise<string> {
  const source = file === "-" ? await text(context.stdin) : await readText(resolve(context.cwd, file));
  const token = source.trim();
  // What a header can carry (RFC 6750, section 2.1); a line break would begin another.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  const what = token === "" ? "is empty" : "holds something else than a token";
  throw new AsmFilterError("ASMF_FILE", `${file === "-" ? "stdin" : file}, given by --token-file, ${what}`, {
    hint: "It should hold the resource's token and nothing else.",
  });
}
