import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

const inside = new BlockList();
// RFC 1918, RFC 6598, RFC 3927 (where clouds have their metadata services), RFC 4193, RFC 4291.
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  inside.addSubnet(net, prefix);
}
inside.addAddress("::", "ipv6");
inside.addAddress("::1", "ipv6");
inside.addSubnet("fc00::", 7, "ipv6");
inside.addSubnet("fe80::", 10, "ipv6");

/** Whether a host of a URL is this machine: `localhost`, 127.0.0.0/8 or [::1], as written and without asking a name server. */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  return host === "localhost" || contains(loopback, host);
}

/** Whether a host is, or has a name for, an address of this machine or of a private network. A name that is not known is not. */
export async function isPrivate(hostname: string): Promise<boolean> {
  const host = bare(hostname);
  if (isIP(host) !== 0) return contains(inside, host);
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  const addresses = await lookup(host, { all: true }).catch(() => []);
  return addresses.some(({ address }) => contains(inside, address));
}

function contains(list: BlockList, address: string): boolean {
  const family = isIP(address);
  // BlockList also looks into IPv4-mapped IPv6 addresses.
  return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
}

function bare(hostname: string): string {
  return hostname
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();
}
