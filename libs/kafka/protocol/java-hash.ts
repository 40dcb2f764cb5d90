/** Java's String.hashCode over UTF-16 units: which partition of `__consumer_offsets` a group belongs to depends on it. */
export function javaStringHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}
