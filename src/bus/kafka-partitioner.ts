/**
 * MurmurHash2 with the seed of the Java client, as a signed 32-bit number. Equal keys land in one partition
 * whoever writes them: Java, librdkafka (`murmur2_random`) and we agree.
 */
export function murmur2(data: Uint8Array): number {
  const multiplier = 0x5bd1e995;
  const length = data.length;
  let hash = 0x9747b28c ^ length;
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    let word =
      byteAt(data, index) |
      (byteAt(data, index + 1) << 8) |
      (byteAt(data, index + 2) << 16) |
      (byteAt(data, index + 3) << 24);
    word = Math.imul(word, multiplier);
    word ^= word >>> 24;
    word = Math.imul(word, multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  const left = length - index;
  if (left === 3) hash ^= byteAt(data, index + 2) << 16;
  if (left >= 2) hash ^= byteAt(data, index + 1) << 8;
  if (left >= 1) hash = Math.imul(hash ^ byteAt(data, index), multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

/** The partition a keyed record belongs to. */
export function partitionOfBytes(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

function byteAt(data: Uint8Array, index: number): number {
  return data[index] ?? 0;
}
