import { AsmFilterError } from "./errors.ts";

/** A host and a port; the host of an IPv6 address is without brackets. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `HOST:PORT`, the host of an IPv6 address in brackets.
 * @throws {AsmFilterError} `ASMF_CONTROLLER_OPTION_INVALID`
 */
export function hostAndPort(text: string): Address {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port > 65535) {
    throw new AsmFilterError("ASMF_CONTROLLER_OPTION_INVALID", `${text} is not HOST:PORT`, {
      hint: "Write for example 0.0.0.0:18443, or [::]:18443.",
    });
  }
  return { host: match[1].replace(/^\[|\]$/g, ""), port };
}

/** The name of the controller's Service. */
export function serviceName(namespace: string): string {
  return `asmfilter-controller.${namespace}.svc`;
}

/** The address by which proxies reach the controller, its port the one that is listened on unless it names another. */
export function advertised(
  advertise: string | undefined,
  namespace: string,
  port: number,
): { address: string; host: string } {
  const text = advertise || serviceName(namespace);
  const address = /:\d+$/.test(text) ? text : `${text}:${port}`;
  return { address, host: hostAndPort(address).host };
}
