/**
 * Finds the rule for a host and a path by hashes of what a rule could have: each suffix of the host at a dot, each
 * beginning of the path at a slash. So it takes as long for ten thousand rules as for ten.
 */

/** What a key is: a host, all hosts below one, a path, a beginning of paths. The number of its host stands above. */
export const HOST: u32 = 0;
export const BELOW: u32 = 1;
export const PATH: u32 = 2;
export const PREFIX: u32 = 3;
/** The number of no host in particular. */
export const ANY_HOST: u32 = 0;

/** Words of a key: hash, kind and host, where its text begins and how long that is, what it leads to. */
const KEY: i32 = 5;

/** A list of rules that has more hosts times paths would take a proxy's memory, be it itself a short text. */
const MOST: i32 = 262144;

/** FNV-1a (draft-eastlake-fnv). */
const BASIS: u32 = 2166136261;
@inline function step(hash: u32, byte: u32): u32 { return (hash ^ byte) * 16777619; }

@inline
function lower(byte: u32): u32 {
  return byte - 0x41 < 26 ? byte | 0x20 : byte;
}

/** Hash of a host from its end, so that those of all suffixes come on the way. */
function hashBackward(at: usize, length: usize): u32 {
  let hash = BASIS;
  while (length) hash = step(hash, load<u8>(at + --length));
  return hash;
}

function hashForward(at: usize, length: usize): u32 {
  let hash = BASIS;
  for (let i: usize = 0; i < length; i++) hash = step(hash, load<u8>(at + i));
  return hash;
}

/** The length of a host without a dot at its end: `a.example.` is `a.example` (RFC 1034, section 3.1). */
@inline
function withoutRoot(host: usize, length: usize): usize {
  return length > 1 && load<u8>(host + length - 1) == 0x2e ? length - 1 : length;
}

/** What a path has before its query. */
export function pathLength(at: usize, length: usize): usize {
  let i: usize = 0;
  while (i < length && load<u8>(at + i) != 0x3f && load<u8>(at + i) != 0x23) i++;
  return i;
}

/** Hosts and paths with the number of the rule for each. */
export class RouteTable {
  private keys: u32[] = [];
  private text: u8[] = [];
  /** One plus the number of a key, or 0; which slot comes first for a key is in its hash. */
  private slots: StaticArray<u32> = new StaticArray<u32>(16);
  private hosts: u32 = 0;
  private longestHost: usize = 0;
  private longestPath: usize = 0;

  /** Whether no more can be led to a rule. */
  get isFull(): bool {
    return this.keys.length >= MOST * KEY;
  }

  /** The number of a host, a new one if it has none, with `*.` before all hosts below. It is put into lower case. */
  hostNumber(at: usize, length: usize): u32 {
    for (let i: usize = 0; i < length; i++) store<u8>(at + i, lower(load<u8>(at + i)));
    length = withoutRoot(at, length);
    const below = load<u8>(at) == 0x2a;
    // The dot stays: it is where a suffix begins.
    const from = at + <usize>below;
    length -= <usize>below;
    this.longestHost = max(this.longestHost, length);
    const hash = hashBackward(from, length);
    const found = this.find(below ? BELOW : HOST, hash, from, length);
    return found >= 0 ? <u32>found : this.add(below ? BELOW : HOST, hash, from, length, ++this.hosts);
  }

  /** Leads from a path, or a prefix without a slash at its end, to a rule. What led to another before, or -1. */
  lead(host: u32, kind: u32, at: usize, length: usize, rule: u32): i32 {
    const tag = (host << 2) | kind;
    const hash = hashForward(at, length);
    const found = this.find(tag, hash, at, length);
    if (found >= 0) return found == <i32>rule ? -1 : found;
    this.longestPath = max(this.longestPath, length);
    this.add(tag, hash, at, length, rule);
    return -1;
  }

  /** The rule for a host, which is put into lower case in its place, and a path without its query; -1 for none. */
  protected ruleOf(host: usize, hostLength: usize, path: usize, pathLength: usize): i32 {
    let best = this.ruleOfPath(ANY_HOST, path, pathLength);
    const length = this.withoutPort(host, hostLength);
    if (!this.hosts) return best;
    let hash = BASIS;
    for (let i = length; i > 0 && length - i <= this.longestHost; ) {
      const byte = lower(load<u8>(host + --i));
      store<u8>(host + i, byte);
      hash = step(hash, byte);
      if (byte == 0x2e && i) best = this.ruleBelow(BELOW, hash, host + i, length - i, path, pathLength, best);
    }
    return this.ruleBelow(HOST, hash, host, length, path, pathLength, best);
  }

  /** The rule for the path at a host, if there are any for the host; else the one that was found before. */
  private ruleBelow(
    kind: u32, hash: u32, host: usize, length: usize, path: usize, pathLength: usize, before: i32,
  ): i32 {
    if (length > this.longestHost) return before;
    const number = this.find(kind, hash, host, length);
    const found = number < 0 ? -1 : this.ruleOfPath(number, path, pathLength);
    return found < 0 ? before : found;
  }

  private ruleOfPath(host: u32, path: usize, length: usize): i32 {
    const prefix = (host << 2) | PREFIX;
    let hash = BASIS;
    let best = this.find(prefix, hash, path, 0);
    const longest = this.longestPath;
    for (let i: usize = 0; i < length; i++) {
      if (i > longest) return best;
      const byte: u32 = load<u8>(path + i);
      if (byte == 0x2f && i) {
        const found = this.find(prefix, hash, path, i);
        if (found >= 0) best = found;
      }
      hash = step(hash, byte);
    }
    if (!length || length > longest) return best;
    let found = this.find((host << 2) | PATH, hash, path, length);
    if (found < 0) found = this.find(prefix, hash, path, length);
    return found < 0 ? best : found;
  }

  /** The host's length without `:8080` and the dot of the root; an address of IPv6 has colons in brackets. */
  private withoutPort(host: usize, length: usize): usize {
    const end = length && load<u8>(host) == 0x5b ? 0x5d : 0x3a;
    for (let i: usize = 0; i < length; i++) {
      if (load<u8>(host + i) == end) return withoutRoot(host, i + <usize>(end == 0x5d));
    }
    return withoutRoot(host, length);
  }

  /** What the key leads to, or -1. */
  private find(tag: u32, hash: u32, at: usize, length: usize): i32 {
    const slots = changetype<usize>(this.slots);
    const last: u32 = this.slots.length - 1;
    const keys = this.keys.dataStart;
    let i = spread(hash, tag) & last;
    // Half of the slots are free, so the search ends.
    for (let number = load<u32>(slots + (i << 2)); number; number = load<u32>(slots + (i << 2))) {
      const key = keys + (number - 1) * KEY * 4;
      const alike = load<u32>(key) == hash && load<u32>(key, 4) == tag && load<u32>(key, 12) == <u32>length;
      if (alike && !memory.compare(this.text.dataStart + load<u32>(key, 8), at, length)) return load<i32>(key, 16);
      i = (i + 1) & last;
    }
    return -1;
  }

  private add(tag: u32, hash: u32, at: usize, length: usize, leadsTo: u32): u32 {
    const keys = this.keys;
    const offset = this.text.length;
    for (let i: usize = 0; i < length; i++) this.text.push(load<u8>(at + i));
    keys.push(hash);
    keys.push(tag);
    keys.push(offset);
    keys.push(<u32>length);
    keys.push(leadsTo);
    const count = keys.length / KEY;
    if (count * 2 > this.slots.length) this.grow();
    else this.place(count);
    return leadsTo;
  }

  /** Gives each key a slot among four times as many. */
  private grow(): void {
    this.slots = new StaticArray<u32>(this.slots.length * 4);
    for (let number = 1; number <= this.keys.length / KEY; number++) this.place(number);
  }

  private place(number: i32): void {
    const key = (number - 1) * KEY;
    const last: u32 = this.slots.length - 1;
    let i = spread(this.keys[key], this.keys[key + 1]) & last;
    while (this.slots[i]) i = (i + 1) & last;
    this.slots[i] = number;
  }
}

/** Spreads keys that have one text at many hosts (the finalizer of MurmurHash3). */
@inline
function spread(hash: u32, tag: u32): u32 {
  hash ^= tag * 0x9e3779b1;
  hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
  return hash ^ (hash >>> 16);
}
