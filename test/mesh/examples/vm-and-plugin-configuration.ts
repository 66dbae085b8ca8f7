import type { ToldScenario } from "../same-answer/told.ts";

const vm = { vmID: "zones", vmConfig: "eu-west" };

export const scenarios: readonly ToldScenario[] = [
  {
    name: "is shared by the plugins of a VM, and each has its own",
    ...vm,
    config: { service: "cart" },
    others: [{ ...vm, config: { service: "stock" } }],
    steps: [{}, { to: 1 }],
    expected: {
      started: ["info: zone eu-west", "info: service cart", "info: service stock"],
      answers: [
        { headers: ["content-length: 0", "x-served-by: cart.eu-west"] },
        { headers: ["content-length: 0", "x-served-by: stock.eu-west"] },
      ],
    },
  },
  {
    name: "may be missing of the VM",
    config: { service: "cart" },
    steps: [{}],
    expected: {
      started: ["info: zone unknown", "info: service cart"],
      answers: [{ headers: ["content-length: 0", "x-served-by: cart.unknown"] }],
    },
  },
  {
    name: "must be there of the plugin",
    vmConfig: "eu-west",
    refused: true,
    steps: [],
    expected: { started: ["info: zone eu-west", "error: configuration: missing field service"] },
  },
];
