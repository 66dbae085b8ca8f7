/** What of a small proxy outlives its streams: shared data, queues and metrics, as Envoy answers (proxy-wasm-cpp-host). */

const OK = 0;
const NOT_FOUND = 1;
const BAD_ARGUMENT = 2;
const EMPTY = 7;
const CAS_MISMATCH = 8;

type GuestFunction = (...args: number[]) => number;

/** How the stores reach the guest's memory. */
export interface GuestMemory {
  text(at: number, length: number): string;
  bytes(at: number, length: number): Uint8Array;
  word(at: number, value: number): void;
  answer(bytes: Uint8Array, at: number, length: number): number;
}

export class Stores {
  data = new Map<string, { value: Uint8Array; version: number }>();
  /** By `vm/name`; ids are counted from 1. */
  queues = new Map<string, Uint8Array[]>();
  metrics: { name: string; type: number; value: bigint }[] = [];
  #version = 0;

  functions(guest: GuestMemory): Record<string, (...args: never[]) => number> {
    return { ...this.#dataFunctions(guest), ...this.#queueFunctions(guest), ...this.#metricFunctions(guest) };
  }

  #dataFunctions(guest: GuestMemory): Record<string, GuestFunction> {
    return {
      proxy_get_shared_data: (at, length, to, size, version) => {
        const found = this.data.get(guest.text(at!, length!));
        if (!found) return NOT_FOUND;
        guest.word(version!, found.version);
        return guest.answer(found.value, to!, size!);
      },
      proxy_set_shared_data: (at, length, value, size, version) => {
        const key = guest.text(at!, length!);
        const found = this.data.get(key);
        if (found && version! >>> 0 && version! >>> 0 !== found.version) return CAS_MISMATCH;
        this.data.set(key, { value: guest.bytes(value!, size!), version: ++this.#version });
        return OK;
      },
    };
  }

  #queueFunctions(guest: GuestMemory): Record<string, GuestFunction> {
    const queue = (id: number) => [...this.queues.values()][id - 1];
    const idOf = (key: string) => [...this.queues.keys()].indexOf(key) + 1;
    return {
      proxy_register_shared_queue: (at, length, id) => {
        const key = `own/${guest.text(at!, length!)}`;
        if (!this.queues.has(key)) this.queues.set(key, []);
        guest.word(id!, idOf(key));
        return OK;
      },
      proxy_resolve_shared_queue: (vm, size, at, length, id) => {
        const found = idOf(`${guest.text(vm!, size!)}/${guest.text(at!, length!)}`);
        guest.word(id!, found);
        return found ? OK : NOT_FOUND;
      },
      proxy_enqueue_shared_queue: (id, at, length) => {
        queue(id!)?.push(guest.bytes(at!, length!));
        return queue(id!) ? OK : NOT_FOUND;
      },
      proxy_dequeue_shared_queue: (id, to, size) => {
        const item = queue(id!)?.shift();
        return item ? guest.answer(item, to!, size!) : queue(id!) ? EMPTY : NOT_FOUND;
      },
    };
  }

  #metricFunctions(guest: GuestMemory): Record<string, (...args: never[]) => number> {
    // A definition gives a new id each time, of which the lowest two bits are the type.
    const metric = (id: number) => this.metrics[(id >> 2) - 1];
    return {
      proxy_define_metric: (type: number, at: number, length: number, id: number) => {
        const name = guest.text(at, length);
        const same = this.metrics.find((each) => each.name === name && each.type === type);
        this.metrics.push(same ?? { name, type, value: 0n });
        guest.word(id, (this.metrics.length << 2) | type);
        return OK;
      },
      proxy_increment_metric: (id: number, offset: bigint) => {
        const found = metric(id);
        if (!found || found.type === 2 || (found.type === 0 && offset <= 0n)) return BAD_ARGUMENT;
        found.value += offset;
        return OK;
      },
      proxy_record_metric: (id: number, value: bigint) => {
        const found = metric(id);
        if (!found) return NOT_FOUND;
        found.value = found.type === 1 ? value : found.value + value;
        return OK;
      },
      proxy_get_metric: (id: number, to: number) => {
        const found = metric(id);
        if (!found || found.type === 2) return BAD_ARGUMENT;
        guest.word(to, Number(found.value & 0xffffffffn));
        guest.word(to + 4, Number(found.value >> 32n));
        return OK;
      },
    } as Record<string, (...args: never[]) => number>;
  }
}
