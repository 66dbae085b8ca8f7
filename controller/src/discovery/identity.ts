import { experimental, type ServerCredentials } from "@grpc/grpc-js";
import { issue, type KeyPair, servingLifetime } from "./certificates.ts";

type Listener = Parameters<experimental.CertificateProvider["addIdentityCertificateListener"]>[0];

// Timers hold 31 bits of milliseconds, 24 days.
const look = 12 * 3_600_000;

/**
 * The server's certificate, issued anew before it ends, without a restart and without ending a connection.
 * It is kept in memory alone: each replica issues its own.
 */
export class ServingIdentity implements experimental.CertificateProvider {
  readonly #authority: KeyPair;
  readonly #hosts: readonly string[];
  readonly #listeners = new Set<Listener>();
  #current: KeyPair;
  #issued = Date.now();
  readonly #timer: NodeJS.Timeout;

  private constructor(authority: KeyPair, hosts: readonly string[], first: KeyPair, failed: (error: unknown) => void) {
    this.#authority = authority;
    this.#hosts = hosts;
    this.#current = first;
    this.#timer = setInterval(() => {
      if (Date.now() - this.#issued > servingLifetime / 2) this.renew().catch(failed);
    }, look);
    this.#timer.unref();
  }

  static async create(
    authority: KeyPair,
    hosts: readonly string[],
    failed: (error: unknown) => void,
  ): Promise<ServingIdentity> {
    return new ServingIdentity(authority, hosts, await issue(authority, hosts), failed);
  }

  get credentials(): ServerCredentials {
    // The declaration names the first two parameters the wrong way round: the identity comes first (grpc-js, server-credentials.ts).
    return experimental.createCertificateProviderServerCredentials(this, null, false);
  }

  async renew(): Promise<void> {
    this.#current = await issue(this.#authority, this.#hosts);
    this.#issued = Date.now();
    for (const listener of this.#listeners) listener(this.#update());
  }

  close(): void {
    clearInterval(this.#timer);
  }

  addIdentityCertificateListener(listener: Listener): void {
    this.#listeners.add(listener);
    // Not at once: grpc-js begins to listen to its own credentials only after this returned.
    setImmediate(() => listener(this.#update()));
  }

  removeIdentityCertificateListener(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  addCaCertificateListener(): void {}

  removeCaCertificateListener(): void {}

  #update(): { certificate: Buffer; privateKey: Buffer } {
    return { certificate: Buffer.from(this.#current.certificate), privateKey: Buffer.from(this.#current.key) };
  }
}
