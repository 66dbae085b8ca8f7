import { Status } from "../abi/index.ts";

export interface SharedValue {
  readonly value: Uint8Array;
  /** Changes with every write; never 0. */
  readonly cas: number;
}

/** Data that all VMs of one vm_id share (proxy-wasm-cpp-host, src/shared_data.cc). */
export class SharedData {
  readonly #byVm = new Map<string, Map<string, SharedValue>>();
  #lastCas = 0;

  get(vmID: string, key: string): SharedValue | undefined {
    return this.#byVm.get(vmID)?.get(key);
  }

  /** `cas` is looked at only where the key exists and it is not 0. */
  set(vmID: string, key: string, value: Uint8Array, cas: number): Status {
    const data = this.#byVm.get(vmID) ?? new Map<string, SharedValue>();
    this.#byVm.set(vmID, data);
    const known = data.get(key);
    if (known && cas !== 0 && cas !== known.cas) return Status.CasMismatch;
    this.#lastCas += 1;
    data.set(key, { value, cas: this.#lastCas });
    return Status.Ok;
  }
}
