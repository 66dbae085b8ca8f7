import type { Event } from "./hostile-proxy.ts";
import { Random } from "./seeded.ts";

/** The callbacks of a stream in their order; each happens once, those of the body up to three times. */
const STAGES = [
  "proxy_on_request_headers",
  "proxy_on_request_body",
  "proxy_on_request_trailers",
  "proxy_on_response_headers",
  "proxy_on_response_body",
  "proxy_on_response_trailers",
  "proxy_on_log",
  "proxy_on_done",
  "proxy_on_delete",
];
const OF_THE_ROOT = ["proxy_on_tick", "proxy_on_queue_ready"];
const ROOT = 1;
const DEEPEST = 3;

interface Stream {
  readonly id: number;
  stage: number;
  /** Whether a callback of it is on the stack. */
  isBusy: boolean;
}

/** Random events of streams that come and go, with events of other streams nested in them. */
export class Schedule {
  readonly #random: Random;
  readonly #streams: Stream[] = [{ id: ROOT, stage: 0, isBusy: false }];
  #nextID = 2;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** What every plugin begins with. */
  static beginning(): Event[] {
    return [
      ["proxy_on_context_create", ROOT, 0] as const,
      ["proxy_on_vm_start", ROOT, 0] as const,
      ["proxy_on_configure", ROOT, 1] as const,
    ].map(([name, ...args]) => ({ name, args, program: new Uint8Array(), nested: [] }));
  }

  next(depth = 0): Event {
    const random = this.#random;
    const stream = this.#choose();
    stream.isBusy = true;
    const nested: Event["nested"] = [];
    for (let before = 0; depth < DEEPEST && random.percent(40); ) {
      before += random.below(6);
      nested.push({ before, event: this.next(depth + 1) });
    }
    stream.isBusy = false;
    const answers = stream.id !== ROOT && stream.stage > 0 && random.percent(20);
    const program = Uint8Array.from({ length: random.below(8) }, () => random.below(256));
    if (answers) return { name: "", args: [], answers: stream.id, program, nested };
    const { name, args } = this.#advance(stream);
    return { name, args, program, nested };
  }

  #choose(): Stream {
    const free = this.#streams.filter(({ isBusy }) => !isBusy);
    if (free.length === 0 || this.#random.percent(this.#streams.length < 8 ? 30 : 5)) {
      const stream = { id: this.#nextID++, stage: -1, isBusy: false };
      this.#streams.push(stream);
      return stream;
    }
    return free[this.#random.below(free.length)]!;
  }

  #advance(stream: Stream): { name: string; args: number[] } {
    const random = this.#random;
    if (stream.id === ROOT) return { name: OF_THE_ROOT[random.below(2)]!, args: [ROOT, 1 + random.below(9)] };
    if (stream.stage < 0) {
      stream.stage = 0;
      return { name: "proxy_on_context_create", args: [stream.id, ROOT] };
    }
    const name = STAGES[stream.stage]!;
    if (!name.endsWith("body") || random.percent(60)) stream.stage++;
    if (name === "proxy_on_delete") this.#streams.splice(this.#streams.indexOf(stream), 1);
    return { name, args: [stream.id, 1 + random.below(9), random.below(2)] };
  }
}
