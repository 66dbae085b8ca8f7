import type { ToldScenario } from "../same-answer/told.ts";

const route = { "envoy-filter-metadata": { role: "admin" } };
const claims = (role: string) => ({ "envoy.filters.http.jwt_authn": { claims: { sub: "ann", role } } });

export const scenarios: readonly ToldScenario[] = [
  {
    name: "lets those through whose role the route demands",
    metadata: { route, request: claims("admin") },
    steps: [{}],
    expected: { answers: [{ status: 200 }] },
  },
  {
    name: "turns away who has another role",
    metadata: { route, request: claims("guest") },
    steps: [{}],
    expected: { answers: [{ status: 403, body: "not for the role guest\n", upstream: undefined }] },
  },
  {
    name: "turns away who has none",
    metadata: { route },
    steps: [{}],
    expected: { answers: [{ status: 401, body: "nobody knows your role\n", upstream: undefined }] },
  },
  {
    name: "asks for no role where the route demands none",
    metadata: { request: claims("guest") },
    steps: [{}],
    expected: { answers: [{ status: 200 }] },
  },
];
