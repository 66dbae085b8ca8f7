import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { advertised, hostAndPort } from "./addresses.ts";
import { help, readCommandLine } from "./options.ts";

const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

test("a flag wins over the environment, and that over the default", () => {
  const env = { ASMFILTER_LISTEN: "127.0.0.1:1", POD_NAMESPACE: "mine", ASMFILTER_WATCH: "" };
  expect(readCommandLine(["--listen", "127.0.0.1:2"], env)).toMatchObject({
    listen: "127.0.0.1:2",
    namespace: "mine",
    watch: "",
    writes: "5",
  });
});

test("every flag stands in the help with its variable", () => {
  const line = readCommandLine([], {});
  for (const name of Object.keys(line)) expect(help()).toMatch(new RegExp(`--${name} .*\\$[A-Z_]+`));
  expect(readCommandLine(["-h"], {})).toBe("help");
});

test.each([
  [["--nope"]],
  [["extra"]],
  [["--writes", "0"]],
  [["--writes", "many"]],
  [["--log-level", "loud"]],
  [["--cluster-domain", "a|b"]],
])("wrong usage is refused: %j", (argv) => {
  expect(codeOf(() => readCommandLine(argv, {}))).toBe("ASMF_CONTROLLER_OPTION_INVALID");
});

describe("deploy/controller.yaml", () => {
  interface Manifest {
    kind: string;
    spec: {
      strategy?: { type: string };
      ports: { port: number }[];
      template: {
        spec: {
          terminationGracePeriodSeconds: number;
          containers: { args: string[]; ports: { name: string; containerPort: number }[] }[];
        };
      };
    };
  }
  const text = readFileSync(join(import.meta.dirname, "../../deploy/controller.yaml"), "utf8");
  const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  const { spec } = manifests.find(({ kind }) => kind === "Deployment")!;
  const [container] = spec.template.spec.containers;

  test("starts the controller with flags that it has, at the port that is its default and the service's", () => {
    const line = readCommandLine(container!.args, {});
    const service = manifests.find(({ kind }) => kind === "Service")!;
    const standard = readCommandLine([], {});
    if (line === "help" || standard === "help") throw new Error("asked for help");
    expect(line.listen).toBe(standard.listen);
    const { port } = hostAndPort(standard.listen);
    expect(service.spec.ports[0]?.port).toBe(port);
    expect(container!.ports.find(({ name }) => name === "discovery")?.containerPort).toBe(port);
    expect(help()).toContain(`:${port}`);
  });

  test("never runs two at a time, and gives one that stops longer than it takes", () => {
    expect(spec.strategy).toEqual({ type: "Recreate" });
    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(45);
  });
});

describe("addresses", () => {
  test.each([
    ["0.0.0.0:18000", { host: "0.0.0.0", port: 18000 }],
    ["[::1]:0", { host: "::1", port: 0 }],
    ["name", "ASMF_CONTROLLER_OPTION_INVALID"],
    ["name:70000", "ASMF_CONTROLLER_OPTION_INVALID"],
    ["::1:80", "ASMF_CONTROLLER_OPTION_INVALID"],
  ])("%s", (text, expected) => {
    expect(codeOf(() => hostAndPort(text))).toEqual(expected);
  });

  test("what proxies are told has the port that is listened on, unless it names one", () => {
    expect(advertised("", "system", 18000)).toEqual({
      address: "asmfilter-controller.system.svc:18000",
      host: "asmfilter-controller.system.svc",
    });
    expect(advertised("10.0.0.1", "system", 1).address).toBe("10.0.0.1:1");
    expect(advertised("lb.example.com:443", "system", 1)).toEqual({
      address: "lb.example.com:443",
      host: "lb.example.com",
    });
  });
});
