import { type GoProgram, goBinary, goBinaryMissing } from "./go-binary.ts";
import { Process } from "./process.ts";

const program: GoProgram = {
  name: "registry",
  module: "registry",
  package: ".",
  version: "v0.22.1",
  override: "ASMFILTER_REGISTRY",
};

/** go-containerregistry's registry: anonymous, plain HTTP, in memory, with the referrers API. */
export class Registry {
  static readonly title = "go-containerregistry";

  static missing(): string | undefined {
    return goBinaryMissing(program);
  }

  #process: Process | undefined;
  #address: string | undefined;

  /** `host:port`, as it begins a reference. */
  get address(): string {
    return this.#address!;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  logs(): string {
    return this.#process?.logs() ?? "";
  }

  /** Starts it empty: at a free port, or after {@link stop} where it was. */
  async start(): Promise<void> {
    const file = await goBinary(program);
    const args = ["-address", this.#address ?? "127.0.0.1:0"];
    const process = new Process({ title: Registry.title, file, args });
    const address = (): string | undefined => /^127\.0\.0\.1:\d+$/m.exec(process.logs())?.[0];
    await process.ready(() => address() !== undefined);
    this.#address = address();
    this.#process = process;
  }

  async stop(): Promise<void> {
    await this.#process?.stop(1_000);
  }
}
