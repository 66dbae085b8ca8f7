/** Calls that the proxy carries out, each by its number and by the stream or root that waits for it. */
import { Status } from "../abi/types";
import { setEffectiveContext } from "../abi/contexts";
import { Context, tellOfEnds } from "../runtime/contexts";
import { Buckets, doubled, emptyBuckets, insert, lookUp, Numbered, announce, takeOut } from "../runtime/table";

/** A call that was started and is not over. */
export abstract class Call extends Numbered {
  /** @internal The neighbours among the calls of the same owner. */
  before: Call | null = null;
  next: Call | null = null;

  constructor(
    /** The stream or root that waits. */
    readonly owner: Context,
  ) {
    super();
  }

  /** The owner is gone. */
  abandon(): void {}

  /** @internal Makes host calls be about the owner; false if the proxy has it no more. The proxy calls back on the root. */
  enterOwner(root: u32): bool {
    const id = this.owner.contextID;
    return id == root || setEffectiveContext(id) == Status.Ok;
  }
}

/** The calls of a stream or root, by its id. */
class Owned extends Numbered {
  first: Call | null = null;
}

// @ts-ignore: decorator
@lazy let kinds: Calls | null = null;

/** Lets go of the calls of an owner that is gone, whatever they are. */
function abandonCalls(owner: u32): void {
  let kind = kinds;
  while (kind) {
    kind.abandon(owner);
    kind = kind.another;
  }
}

/** All calls of a kind. Numbers of different kinds may be the same. */
export class Calls {
  private calls: Buckets = emptyBuckets();
  private count: i32 = 0;
  private owned: Buckets = emptyBuckets();
  private owners: i32 = 0;
  /** The call that is being started: the proxy could tell of it before it returns its number. */
  private starting: Call | null = null;
  another: Calls | null = kinds;

  constructor() {
    kinds = this;
    tellOfEnds(abandonCalls);
  }

  /** Before the host call that starts `call`; what it returns belongs to {@link started}. */
  start(call: Call): Call | null {
    const outer = this.starting;
    this.starting = call;
    return outer;
  }

  /** After that host call. */
  started(call: Call, outer: Call | null, status: Status, number: u32): void {
    const isKnown = this.starting !== call;
    this.starting = outer;
    if (status != Status.Ok) {
      if (isKnown) this.remove(call);
    } else if (!isKnown) {
      this.add(call, number);
    }
  }

  /** The call of the number; null where nobody waits for it any more. */
  find(number: u32): Call | null {
    const known = lookUp(this.calls, number);
    if (known) return changetype<Call>(known);
    const starting = this.starting;
    if (starting) {
      this.starting = null;
      this.add(starting, number);
    }
    return starting;
  }

  private add(call: Call, number: u32): void {
    call._number = number;
    if (++this.count > this.calls.length) this.calls = doubled(this.calls);
    insert(this.calls, call);
    const owned = this.ownedBy(call.owner.contextID);
    const first = owned.first;
    if (first) first.before = call;
    call.next = first;
    owned.first = call;
  }

  private ownedBy(owner: u32): Owned {
    const known = lookUp(this.owned, owner);
    if (known) return changetype<Owned>(known);
    announce(owner);
    const made = new Owned();
    if (++this.owners > this.owned.length) this.owned = doubled(this.owned);
    insert(this.owned, made);
    return made;
  }

  /** Forgets a call that is over. */
  remove(call: Call): void {
    if (!takeOut(this.calls, call._number)) return;
    this.count--;
    const before = call.before;
    const next = call.next;
    if (next) next.before = before;
    if (before) {
      before.next = next;
    } else {
      const owner = call.owner.contextID;
      if (next) changetype<Owned>(lookUp(this.owned, owner)).first = next;
      else if (takeOut(this.owned, owner)) this.owners--;
    }
  }

  abandon(owner: u32): void {
    const owned = takeOut(this.owned, owner);
    if (!owned) return;
    this.owners--;
    let call = changetype<Owned>(owned).first;
    while (call) {
      takeOut(this.calls, call._number);
      this.count--;
      call.abandon();
      call = call.next;
    }
  }
}
