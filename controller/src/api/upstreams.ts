import { z } from "zod";
import { atMost, withRules } from "./rule.ts";

// RE2 and JavaScript read these alike. They are narrow, since what they let through becomes a part of a cluster's name.
const LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
const NAME = `^${LABEL}$`;
const SERVICE = `^${LABEL}([.]${LABEL}([.]svc([.]${LABEL})*)?)?$`;
const HOST = `^${LABEL}([.]${LABEL})*$`;
// What JSON does not escape, and no space.
const CLUSTER = "^[!#-\\[\\]-~]+$";

const host = new RegExp(HOST);

/** Whether a text is a DNS name in lower case, of one label or more. */
export function isHost(text: string): boolean {
  return text.length <= 253 && host.test(text);
}

function matching(pattern: string, most: number, message: string) {
  const expression = new RegExp(pattern);
  return withRules(z.string().min(1).max(most), {
    cel: `self.matches(r'${pattern}')`,
    message,
    holds: (value) => expression.test(value),
  });
}

const upstreamSchema = withRules(
  z.strictObject({
    service: matching(
      SERVICE,
      253,
      "must be SERVICE, SERVICE.NAMESPACE or SERVICE.NAMESPACE.svc.DOMAIN, in lower case; any other name of the mesh is given as host",
    )
      .describe(
        "A Kubernetes Service: `SERVICE` in the resource's own namespace, `SERVICE.NAMESPACE`, or its full name `SERVICE.NAMESPACE.svc.DOMAIN`.",
      )
      .optional(),
    host: matching(HOST, 253, "must be a DNS name, in lower case and without a wildcard")
      .describe("Instead: any host that the mesh knows, as it stands in a ServiceEntry.")
      .optional(),
    port: z.int().min(1).max(65535).describe("Port of the service or host.").optional(),
    cluster: matching(CLUSTER, 512, 'must be printable ASCII without spaces, " and \\')
      .describe("Instead: a cluster of the proxy's by its name.")
      .optional(),
  }),
  {
    cel: "[has(self.service), has(self.host), has(self.cluster)].filter(given, given).size() == 1",
    message: "exactly one of service, host and cluster",
    holds: ({ service, host, cluster }) => [service, host, cluster].filter((given) => given !== undefined).length === 1,
  },
  {
    cel: "has(self.port) != has(self.cluster)",
    message: "port goes with service and host, and is needed there",
    holds: ({ port, cluster }) => (port !== undefined) !== (cluster !== undefined),
  },
);

/** What the names that a filter calls are bound to: `spec.filter.upstreams`. */
export const upstreamsSchema = withRules(atMost(z.record(z.string(), upstreamSchema), 32), {
  cel: `self.all(name, name.matches('${NAME}'))`,
  message: "an upstream's name has lower-case letters, digits and -, at most 63",
  holds: (upstreams) => Object.keys(upstreams).every((name) => new RegExp(NAME).test(name)),
}).describe(
  "Binds the names in the artifact's `upstreams`, which the filter calls, to services: each of them, and no other.",
);

export type Upstream = z.output<typeof upstreamSchema>;
