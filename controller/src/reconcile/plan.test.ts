import { describe, expect, test } from "vitest";
import { type ASMFilterDeployment, type DeploymentStatus, parseDeployment } from "../api/index.ts";
import { type Artifact, contentHash, render, type Settings } from "../render/index.ts";
import { happenings } from "./events.ts";
import { type Failure, failureOf } from "./failure.ts";
import { small } from "./objects.ts";
import { plan, type Situation, type WrittenEnvoyFilter } from "./plan.ts";
import type { ProxyReport } from "./proxies.ts";
import { statusOf } from "./status.ts";

const settings: Settings = {
  address: "controller:18000",
  ca: "CA",
  token: ({ namespace, name }) => `token ${namespace}/${name}`,
};
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

function artifact(digit: string, config: object = {}): Artifact {
  const schema = { type: "object", properties: { value: { type: "string" } }, additionalProperties: false };
  return {
    digest: digest(digit),
    wasmSha256: digit.repeat(64),
    size: 100,
    capabilities: ["proxy_log"],
    config: { type: "http", rootIDs: ["hello"], schema, ...config },
  };
}

function deployment(filter: object = {}, spec: object = {}): ASMFilterDeployment {
  return parseDeployment({
    apiVersion: "asmfilter.io/v1",
    kind: "ASMFilterDeployment",
    metadata: { name: "hello", namespace: "shop", uid: "u1", generation: 3 },
    spec: { workload: { labels: { app: "web" } }, filter: { image: "r.example.com/hello:1", ...filter }, ...spec },
  });
}

const written = (from: ASMFilterDeployment, of: Artifact): WrittenEnvoyFilter =>
  small(render(from, of, settings)).written;
const slot = "asmfilter.io/shop/hello";
const notFound: Failure = { condition: "Resolved", reason: "ImageNotFound", message: "no such tag" };
const good = { deployment: deployment({ parameters: { value: "old" } }), artifact: artifact("1") };
const fine: Situation = { deployment: deployment({ parameters: { value: "new" } }), artifact: artifact("2") };

const configurationOf = (situation: Situation): unknown => {
  const { content } = plan(situation, settings);
  const typed = content?.config.typed_config;
  if (typed === undefined) return undefined;
  return "config" in typed ? typed.config.configuration?.value : typed["@type"].split(".").at(-1);
};

describe("what the proxies are answered", () => {
  const bad = { deployment: deployment({ parameters: { value: 7 } }), artifact: artifact("2") };
  const unreadable = { failure: failureOf("Valid", new Error("no"), "SpecInvalid") };
  const off = (from: Situation): Situation => ({
    ...from,
    deployment: deployment({ image: "r.example.com/hello:2" }, { enabled: false }),
    off: slot,
  });
  const there = written(deployment(), artifact("2"));
  test.each<[string, Situation, unknown]>([
    ["the present spec, when it can run", fine, '{"value":"new"}'],
    ["the present spec, whatever was good before", { ...fine, good }, '{"value":"new"}'],
    [
      "what was good, when the image is not found",
      { deployment: deployment(), failure: notFound, good },
      '{"value":"old"}',
    ],
    ["what was good, when the parameters do not fit", { ...bad, good }, '{"value":"old"}'],
    ["what was good, when the spec cannot be read", { ...unreadable, good }, '{"value":"old"}'],
    ["nothing, when nothing was good", { deployment: deployment(), failure: notFound }, undefined],
    ["nothing, when the spec cannot be read and nothing was good", unreadable, undefined],
    ["allow-all, when it is switched off", off(fine), "RBAC"],
    ["allow-all, when it is switched off and the image is gone", off({ failure: notFound, good }), "RBAC"],
    ["allow-all, when it is switched off and nothing else is known", off({ failure: notFound }), "RBAC"],
    ["allow-all, when it is switched off and the spec cannot be read", { ...unreadable, off: slot }, "RBAC"],
    [
      "nothing, when the EnvoyFilter holds the content",
      { ...fine, deployment: deployment({}, { delivery: "Registry" }) },
      undefined,
    ],
  ])("%s", (_, situation, expected) => {
    expect(configurationOf(situation)).toBe(expected);
  });

  test("the kill switch of a TCP filter of which nothing is known but its slot is one for TCP", () => {
    const tcp = deployment({ type: "NETWORK" });
    const envoyFilter = written(tcp, artifact("1", { type: "network" }));
    const situation = { ...off({ failure: notFound }), envoyFilter };
    expect(plan(situation, settings).content?.config).toMatchObject({
      name: slot,
      typed_config: { "@type": expect.stringContaining(".network.rbac.") },
    });
  });

  test.each<[string, Situation, string | undefined]>([
    ["what it is to be anyway", { ...fine, envoyFilter: there }, "Wasm"],
    ["nothing, where there is none", fine, undefined],
    [
      "nothing, when the slot is one for TCP and the filter is one for HTTP",
      { ...fine, envoyFilter: { ...there, type: "NETWORK" } },
      undefined,
    ],
    ["allow-all, when it is switched off", { ...off(fine), envoyFilter: there }, "http.rbac.v3.RBAC"],
    [
      "allow-all of the slot's own type, when it is switched off",
      { ...off(fine), envoyFilter: { ...there, type: "NETWORK" } },
      "network.rbac.v3.RBAC",
    ],
    [
      "allow-all, when it is switched off and the EnvoyFilter is to hold the content",
      {
        ...off(fine),
        deployment: deployment({}, { delivery: "Registry", enabled: false }),
        envoyFilter: there,
      },
      "RBAC",
    ],
  ])("before the EnvoyFilter is written, in a slot that is there: %s", (_, situation, expected) => {
    const type = plan(situation, settings).atOnce?.config.typed_config["@type"];
    if (expected === undefined) expect(type).toBeUndefined();
    else expect(type?.endsWith(expected)).toBe(true);
  });
});

describe("the EnvoyFilter", () => {
  const there = written(fine.deployment!, fine.artifact!);
  const cases: [string, Situation, boolean][] = [
    ["is written when there is none", fine, true],
    ["is left alone when it is as it should be", { ...fine, envoyFilter: there }, false],
    [
      "is left alone when parameters, image or module change",
      { ...fine, deployment: deployment({ parameters: {} }), artifact: artifact("9"), envoyFilter: there },
      false,
    ],
    [
      "is left alone by the kill switch",
      { ...fine, deployment: deployment({}, { enabled: false }), off: slot, envoyFilter: there },
      false,
    ],
    [
      "is left alone when the spec is bad and nothing was good",
      { deployment: deployment(), failure: notFound, envoyFilter: there },
      false,
    ],
    [
      "is written when the placement changes",
      { ...fine, deployment: deployment({}, { placement: { first: true } }), envoyFilter: there },
      true,
    ],
    ["is written when somebody changed its spec", { ...fine, envoyFilter: { ...there, specHash: "other" } }, true],
    ["is written when somebody took away a label", { ...fine, envoyFilter: { ...there, labels: {} } }, true],
    [
      "is written when it belongs to an earlier resource of this name",
      { ...fine, envoyFilter: { ...there, owner: "u0" } },
      true,
    ],
    [
      "is left alone when somebody added a label",
      { ...fine, envoyFilter: { ...there, labels: { ...there.labels, team: "a" } } },
      false,
    ],
    [
      "is repaired although the present spec is bad",
      { deployment: deployment(), failure: notFound, good, envoyFilter: { ...there, specHash: "other" } },
      true,
    ],
  ];
  test.each(cases)("%s", (_, situation, expected) => {
    expect(plan(situation, settings).envoyFilter !== undefined).toBe(expected);
  });
});

describe("the status", () => {
  const now = "2026-01-02T03:04:05Z";
  const report = (counts: Partial<ProxyReport["counts"]> = {}, refusal?: ProxyReport["refusal"]): ProxyReport => ({
    counts: { matched: 0, running: 0, failing: 0, unknown: 0, ...counts },
    ...(refusal && { refusal }),
  });
  const of = (
    situation: Situation,
    more: { before?: DeploymentStatus; report?: ProxyReport; refused?: Failure } = {},
  ): DeploymentStatus =>
    statusOf({
      generation: 3,
      before: more.before ?? {},
      deployment: situation.deployment,
      plan: plan(situation, settings),
      refused: more.refused,
      report: more.report ?? report({ matched: 2, running: 2 }),
      now,
    });
  const summary = ({ conditions = [] }: DeploymentStatus): string[] =>
    conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);

  test.each<[string, DeploymentStatus, string[]]>([
    [
      "all is well",
      of(fine),
      [
        "Resolved True Resolved",
        "Verified Unknown NotRequired",
        "Valid True Valid",
        "Programmed True Programmed",
        "Ready True Running",
      ],
    ],
    [
      "a proxy has not answered",
      of(fine, { report: report({ matched: 2, running: 1, unknown: 1 }) }),
      [
        "Resolved True Resolved",
        "Verified Unknown NotRequired",
        "Valid True Valid",
        "Programmed True Programmed",
        "Ready False WaitingForProxies",
      ],
    ],
    [
      "no proxy is selected and none has asked",
      of(fine, { report: report() }),
      [
        "Resolved True Resolved",
        "Verified Unknown NotRequired",
        "Valid True Valid",
        "Programmed True Programmed",
        "Ready Unknown NoProxies",
      ],
    ],
    [
      "a proxy refused it",
      of(fine, { report: report({ matched: 1, failing: 1 }, { proxy: "shop/web-0", message: "Unable" }) }),
      [
        "Resolved True Resolved",
        "Verified Unknown NotRequired",
        "Valid True Valid",
        "Programmed False ProxyRejected",
        "Ready False ProxyRejected",
      ],
    ],
    [
      "the image is not found",
      of({ deployment: deployment(), failure: notFound }),
      [
        "Resolved False ImageNotFound",
        "Verified Unknown NotReached",
        "Valid Unknown NotReached",
        "Programmed False NothingToProgram",
        "Ready False ImageNotFound",
      ],
    ],
    [
      "the image is not found, and an older one goes on",
      of({ deployment: deployment(), failure: notFound, good }),
      [
        "Resolved False ImageNotFound",
        "Verified Unknown NotReached",
        "Valid Unknown NotReached",
        "Programmed False KeptLastGood",
        "Ready False ImageNotFound",
      ],
    ],
    [
      "the parameters do not fit",
      of({ deployment: deployment({ parameters: { value: 7 } }), artifact: artifact("2") }),
      [
        "Resolved True Resolved",
        "Verified Unknown NotRequired",
        "Valid False ParametersInvalid",
        "Programmed False NothingToProgram",
        "Ready False ParametersInvalid",
      ],
    ],
    [
      "the EnvoyFilter was refused",
      of(fine, { refused: { condition: "Programmed", reason: "EnvoyFilterRefused", message: "denied" } }),
      [
        "Resolved True Resolved",
        "Verified Unknown NotRequired",
        "Valid True Valid",
        "Programmed False EnvoyFilterRefused",
        "Ready False EnvoyFilterRefused",
      ],
    ],
    [
      "the registry has not answered",
      of({
        deployment: deployment(),
        failure: { condition: "Resolved", reason: "Resolving", message: "not yet", pending: true },
        off: slot,
      }),
      [
        "Resolved Unknown Resolving",
        "Verified Unknown NotReached",
        "Valid Unknown NotReached",
        "Programmed True Disabled",
        "Ready True Disabled",
      ],
    ],
    [
      "it is switched off, and the spec cannot be read",
      of({ failure: failureOf("Valid", new Error("no"), "SpecInvalid"), off: slot }),
      [
        "Resolved Unknown NotReached",
        "Verified Unknown NotReached",
        "Valid False SpecInvalid",
        "Programmed True Disabled",
        "Ready True Disabled",
      ],
    ],
    [
      "it is switched off, and the EnvoyFilter was refused",
      of(
        { ...fine, deployment: deployment({}, { enabled: false }), off: slot },
        { refused: { condition: "Programmed", reason: "EnvoyFilterRefused", message: "denied" } },
      ),
      [
        "Resolved True Resolved",
        "Verified Unknown NotRequired",
        "Valid True Valid",
        "Programmed False EnvoyFilterRefused",
        "Ready False EnvoyFilterRefused",
      ],
    ],
    [
      "the EnvoyFilter waits for its turn",
      of(fine, { refused: { condition: "Programmed", reason: "WaitingForTurn", message: "wait", pending: true } }),
      [
        "Resolved True Resolved",
        "Verified Unknown NotRequired",
        "Valid True Valid",
        "Programmed Unknown WaitingForTurn",
        "Ready False WaitingForTurn",
      ],
    ],
    [
      "it is switched off",
      of({ ...fine, deployment: deployment({}, { enabled: false }), off: slot }),
      [
        "Resolved True Resolved",
        "Verified Unknown NotRequired",
        "Valid True Valid",
        "Programmed True Disabled",
        "Ready True Disabled",
      ],
    ],
    [
      "nobody can tell",
      of({ ...fine, deployment: deployment({}, { delivery: "Registry" }) }),
      [
        "Resolved True Resolved",
        "Verified Unknown NotRequired",
        "Valid True Valid",
        "Programmed True Programmed",
        "Ready Unknown NotObservable",
      ],
    ],
  ])("when %s", (_, status, expected) => {
    expect(summary(status)).toEqual(expected);
    expect(status.observedGeneration).toBe(3);
  });

  test("carries Envoy's own words, and the path of a wrong parameter", () => {
    const rejected = of(fine, {
      report: report({ matched: 3, failing: 2 }, { proxy: "shop/web-0", message: "Unable to create" }),
    });
    expect(rejected.conditions?.[3]?.message).toBe(
      "shop/web-0 and 1 more refused it, and what ran there before goes on: Unable to create",
    );
    const wrong = of({ deployment: deployment({ parameters: { value: 7 } }), artifact: artifact("2") });
    expect(wrong.conditions?.[2]?.message).toContain("spec.filter.parameters.value");
  });

  test("is the same when nothing changed, so that nothing is written and nothing told", () => {
    const first = of(fine);
    const later = statusOf({
      generation: 3,
      before: first,
      deployment: fine.deployment,
      plan: plan(fine, settings),
      report: report({ matched: 2, running: 2 }),
      now: "2027-01-01T00:00:00Z",
    });
    expect(later).toEqual(first);
    expect(happenings(first, later)).toEqual([]);
  });

  test("keeps the image that runs while another cannot be had, and the last ten digests", () => {
    let status = of(fine);
    expect(status.image).toMatchObject({ reference: "r.example.com/hello:1", digest: digest("2"), size: 100 });
    status = of(
      {
        deployment: deployment({ image: "r.example.com/hello:2" }),
        failure: notFound,
        good: { deployment: fine.deployment!, artifact: fine.artifact! },
      },
      { before: status },
    );
    expect(status.image?.reference).toBe("r.example.com/hello:1");
    for (const digit of "3456789abcdef") status = of({ ...fine, artifact: artifact(digit) }, { before: status });
    expect(status.history?.length).toBe(10);
    expect(status.history?.[0]).toEqual({ digest: digest("f"), time: now, reason: "TagMoved" });
  });

  test("tells what went wrong once, by its cause", () => {
    expect(happenings({}, of({ deployment: deployment(), failure: notFound, good }))).toEqual([
      { type: "Warning", reason: "ImageNotFound", note: "no such tag" },
    ]);
    expect(happenings({}, of(fine)).map(({ reason }) => reason)).toEqual(["Running"]);
  });
});

test("the hash that the status shows is the one of the EnvoyFilter as it is to be", () => {
  const { envoyFilter, envoyFilterHash } = plan(fine, settings);
  expect(envoyFilterHash).toBe(contentHash(envoyFilter?.spec));
});
