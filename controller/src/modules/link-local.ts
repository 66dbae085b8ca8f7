import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { AsmFilterError } from "@asmfilter/oci";

// What answers there is the node itself, or the cloud's metadata service with the node's credentials; no registry is.
const refused = new BlockList();
refused.addSubnet("169.254.0.0", 16); // RFC 3927; AWS, Google, Azure and others at 169.254.169.254
refused.addSubnet("fe80::", 10, "ipv6"); // RFC 4291
refused.addAddress("100.100.100.200"); // Alibaba Cloud
refused.addAddress("168.63.129.16"); // Azure
refused.addAddress("fd00:ec2::254", "ipv6"); // AWS
refused.addAddress("fd20:ce::254", "ipv6"); // Google

/** How a name is looked up. */
export type Lookup = (hostname: string) => Promise<readonly { readonly address: string }[]>;

const ask: Lookup = (hostname) => lookup(hostname, { all: true });

/**
 * Refuses a registry at a link-local address, or at that of a metadata service, as written or by its name: whoever writes a resource
 * makes the controller ask. Loopback and private networks are fine, where registries are.
 *
 * The name is looked up again for the connection, so that a name server of the one who asks can still lie: a network policy is the wall.
 *
 * @throws {AsmFilterError} `ASMF_OCI_REFERENCE_INVALID`
 */
export async function refuseLinkLocal(registry: string, addressesOf: Lookup = ask): Promise<void> {
  // A URL knows all the ways to write an address, such as 0xa9fea9fe.
  const url = `https://${registry}`;
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, "$1") : registry;
  const addresses = isIP(host) === 0 ? await addressesOf(host).catch(() => []) : [{ address: host }];
  if (!addresses.some(({ address }) => refused.check(address, isIP(address) === 6 ? "ipv6" : "ipv4"))) return;
  throw new AsmFilterError(
    "ASMF_OCI_REFERENCE_INVALID",
    `${registry} is at a link-local address, or at that of a cloud's metadata service`,
    { hint: "Name a registry." },
  );
}
