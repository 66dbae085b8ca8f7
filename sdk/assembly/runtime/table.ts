/**
 * Objects by the numbers that the proxy gives: a hash table with chains through the objects, so that one costs no
 * entry. A table is its buckets, a power of two; who has one counts, and doubles it when there are more objects.
 */

/** What a table holds. An object is in one table at a time. Filters inherit the fields, so their names leave authors all others. */
export abstract class Numbered {
  /** The proxy's number of it. */
  _number: u32 = announced;
  /** The next one of the same bucket. */
  _following: Numbered | null = null;
}

/** The number of the object made next; set just before, so that no constructor needs an argument. */
let announced: u32 = 0;

/** Says which number the object made next will carry. */
@inline
export function announce(number: u32): void {
  announced = number;
}

export type Buckets = StaticArray<Numbered | null>;

/** The buckets of a new table. */
export function emptyBuckets(): Buckets {
  return new StaticArray<Numbered | null>(16);
}

/**
 * Where the bucket of the number is. Numbers come in strides, as a stream's root takes one as well: without mixing,
 * they would fill few buckets. The word before an object is its size in bytes.
 */
@inline
function bucketOf(buckets: Buckets, number: u32): usize {
  const at = changetype<usize>(buckets);
  return at + (rotl<u32>(number * 0x9e3779b1, 18) & (load<u32>(at - 4) - sizeof<usize>()));
}

@inline
function linkAt(place: usize): Numbered | null {
  return changetype<Numbered | null>(load<usize>(place));
}

/** Puts an object into its bucket. */
export function insert(buckets: Buckets, object: Numbered): void {
  const bucket = bucketOf(buckets, object._number);
  object._following = linkAt(bucket);
  store<usize>(bucket, changetype<usize>(object));
}

/** The same objects in twice the buckets. */
export function doubled(old: Buckets): Buckets {
  const buckets = new StaticArray<Numbered | null>(old.length << 1);
  for (let i = 0; i < old.length; i++) {
    let object = unchecked(old[i]);
    while (object) {
      const following = object._following;
      insert(buckets, object);
      object = following;
    }
  }
  return buckets;
}

/** Where the link to the object of the number is, or the null at the end of the chain that it would be in. */
function placeOf(buckets: Buckets, number: u32): usize {
  let place = bucketOf(buckets, number);
  let object = linkAt(place);
  while (object) {
    if (object._number == number) break;
    place = changetype<usize>(object) + offsetof<Numbered>("_following");
    object = object._following;
  }
  return place;
}

/** The object of the number; null if there is none. */
@inline
export function lookUp(buckets: Buckets, number: u32): Numbered | null {
  return linkAt(placeOf(buckets, number));
}

/** Takes the object of the number out; null if there is none. */
export function takeOut(buckets: Buckets, number: u32): Numbered | null {
  const place = placeOf(buckets, number);
  const object = linkAt(place);
  if (object) store<usize>(place, changetype<usize>(object._following));
  return object;
}
