import { API_GROUP, KIND, PLURAL, VERSION } from "./names.ts";
import { resourceSchema, type StructuralSchema } from "./structural.ts";

/** The columns of `kubectl get asmf`; those of priority 1 need `-o wide`. */
const PRINTER_COLUMNS = [
  { name: "Image", type: "string", jsonPath: ".spec.filter.image", description: "What was asked for" },
  {
    name: "Ready",
    type: "string",
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: "Whether the proxies run it",
  },
  {
    name: "Running",
    type: "integer",
    jsonPath: ".status.proxies.running",
    description: "Proxies that acknowledged it",
  },
  { name: "Matched", type: "integer", jsonPath: ".status.proxies.matched", description: "Proxies that are selected" },
  {
    name: "Reason",
    type: "string",
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    description: "Why it is not ready",
  },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  { name: "Digest", type: "string", jsonPath: ".status.image.digest", description: "What runs", priority: 1 },
  {
    name: "Failing",
    type: "integer",
    jsonPath: ".status.proxies.failing",
    description: "Proxies that refused it",
    priority: 1,
  },
  {
    name: "Message",
    type: "string",
    jsonPath: '.status.conditions[?(@.type=="Ready")].message',
    description: "The reason as a sentence",
    priority: 1,
  },
];

/** The CustomResourceDefinition of `ASMFilterDeployment`, ready for the API server. */
export function crd() {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${PLURAL}.${API_GROUP}`, labels: { "app.kubernetes.io/part-of": "asmfilter" } },
    spec: {
      group: API_GROUP,
      scope: "Namespaced",
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: "asmfilterdeployment",
        shortNames: ["asmf"],
        categories: ["asmfilter", "istio"],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: PRINTER_COLUMNS,
          schema: { openAPIV3Schema: rootSchema() },
        },
      ],
    },
  };
}

function rootSchema(): StructuralSchema {
  const { properties, ...rest } = resourceSchema();
  return {
    description: "A proxy-wasm filter, the proxies that run it, and how.",
    ...rest,
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      // parse.ts holds the same limit.
      metadata: { type: "object", properties: { name: { type: "string", maxLength: 248 } } },
      ...properties,
    },
  };
}
