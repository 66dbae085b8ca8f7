/** Contexts by id: a hash table with chains through the contexts themselves, so that a stream costs no entry. */

/** What the proxy gives an id: the configuration of a plugin (a root), or a stream. */
export abstract class Context {
  /** The proxy's id of this context. */
  readonly contextID: u32 = created;
  /** The next one of the same bucket. */
  following: Context | null = null;

  /**
   * Called when the proxy has finished with this context: for a stream after `onLog`, for a root when its
   * configuration is about to go. A root may answer false to be kept until it calls `done()`; for a stream Envoy
   * does not wait, whatever the answer (envoy `source/extensions/common/wasm/context.cc`, `Context::onDestroy`).
   */
  onDone(): bool {
    return true;
  }

  /** Called for a stream when it is written to the access log. Headers of both directions can still be read. */
  onLog(): void {}

  /** Called last. The context is forgotten afterwards. */
  onDelete(): void {}
}

/** The id that the next context is made with; set just before, so that no constructor needs an argument. */
let created: u32 = 0;

let buckets = new StaticArray<Context | null>(16);
/** 32 − log2(buckets). */
let shift: u32 = 28;
let count = 0;

/** Ids are sequential, but a stream's root takes one as well: without mixing, strides would fill few buckets. */
@inline
function bucketOf(id: u32): i32 {
  return (id * 0x9e3779b1) >>> shift;
}

/** Says which id the context made next will carry. */
@inline
export function announce(id: u32): void {
  created = id;
}

/** Adds a context under its id. */
export function add(context: Context): void {
  if (++count > buckets.length) rehash();
  insert(context);
}

function insert(context: Context): void {
  const bucket = bucketOf(context.contextID);
  context.following = unchecked(buckets[bucket]);
  unchecked((buckets[bucket] = context));
}

function rehash(): void {
  const old = buckets;
  buckets = new StaticArray<Context | null>(old.length << 1);
  shift--;
  for (let i = 0; i < old.length; i++) {
    let context = unchecked(old[i]);
    while (context) {
      const following = context.following;
      insert(context);
      context = following;
    }
  }
}

/** The context of the id. The proxy names no other; if it does, going on would corrupt memory. */
export function find(id: u32): Context {
  let context = unchecked(buckets[bucketOf(id)]);
  while (context) {
    if (context.contextID == id) return context;
    context = context.following;
  }
  return unreachable();
}

/** Takes the context of the id out of the table. */
export function remove(id: u32): void {
  const bucket = bucketOf(id);
  let before: Context | null = null;
  let context = unchecked(buckets[bucket]);
  while (context) {
    if (context.contextID == id) {
      if (before) before.following = context.following;
      else unchecked((buckets[bucket] = context.following));
      count--;
      return;
    }
    before = context;
    context = context.following;
  }
}
