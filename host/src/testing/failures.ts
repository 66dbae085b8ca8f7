/** What Envoy's own client says where the upstream's connection ends before the answer begins (source/common/router/router.cc). */
export const connectionLost =
  "upstream connect error or disconnect/reset before headers. reset reason: connection termination";

/** And where an answer takes too long. */
export const tookTooLong = "upstream request timeout";
