import type { Answer, Outcome } from "./outcome.ts";
import type { Accident } from "./scenario.ts";

/** Envoy's own ways that more than one scenario meets. */

export const lengthOfNothing: Accident = {
  reason:
    "Envoy's codec writes `content-length: 0` behind all filters, where an answer has no body and says nothing of it",
  inEnvoy: (inHost) =>
    withAnswers(inHost, (answer) =>
      answer.body === "" && !answer.headers.some((line) => line.startsWith("content-length:"))
        ? { ...answer, headers: [...answer.headers, "content-length: 0"] }
        : answer,
    ),
};

export const notYetConnected: Accident = {
  reason: "Envoy has no connection to the upstream yet when the body arrives together with the headers",
  inEnvoy: (inHost) => withAnswers(inHost, (answer) => ({ ...answer, upstream: undefined })),
};

/** What Envoy sends, and Node's client refuses to read. */
export function unreadable(reason: string): Accident {
  const nothing = { status: 0, headers: [], body: "", trailers: [], complete: false };
  return { reason, inEnvoy: (inHost) => withAnswers(inHost, ({ upstream }) => ({ ...nothing, upstream })) };
}

export const nameBeyondASCII = unreadable("Envoy writes a name beyond ASCII as it is, which is not HTTP");

/** What Envoy makes of it by several of its ways. */
export function all(...accidents: readonly Accident[]): Accident {
  return {
    reason: accidents.map(({ reason }) => reason).join("; "),
    inEnvoy: (inHost) => accidents.reduce((outcome, { inEnvoy }) => inEnvoy(outcome), inHost),
  };
}

/** An outcome whose answers are different. */
export function withAnswers(outcome: Outcome, change: (answer: Answer) => Answer): Outcome {
  return { ...outcome, answers: outcome.answers.map(change) };
}
