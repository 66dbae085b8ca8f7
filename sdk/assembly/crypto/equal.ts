/**
 * Whether both have the same bytes. How long it takes depends on the length alone, never on where they differ, so
 * that nobody can find out a secret byte by byte. Of different lengths the answer comes at once: those are no secret.
 */
export function equal(a: Uint8Array, b: Uint8Array): bool {
  const length = a.length;
  if (length != b.length) return false;
  let difference: u32 = 0;
  for (let i = 0; i < length; i++) difference |= load<u8>(a.dataStart + i) ^ load<u8>(b.dataStart + i);
  return difference == 0;
}
