/**
 * An immutable map with structural sharing: entries hang in buckets by the key's hash, and an edit copies only the buckets that it
 * touches. So an image of 10,000 topics is replaced at the cost of some forty entries. Order of iteration is by bucket: sort where
 * it shows.
 */

export interface PersistentMap<K extends string | number, V> extends ReadonlyMap<K, V> {
  edit(): MapEditor<K, V>;
}

/** Collects changes; `build` answers the new map (the same one when nothing changed). Not to be used after. */
export interface MapEditor<K extends string | number, V> {
  get(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V): void;
  delete(key: K): void;
  build(): PersistentMap<K, V>;
}

const ENTRIES_PER_BUCKET = 32;

function hash(key: string | number): number {
  if (typeof key === 'number') return key >>> 0;
  let value = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}

class BucketMap<K extends string | number, V> implements PersistentMap<K, V> {
  /** The number of buckets is a power of two. */
  constructor(readonly buckets: readonly ReadonlyMap<K, V>[], readonly size: number) {}

  private bucket(key: K): ReadonlyMap<K, V> { return this.buckets[hash(key) & (this.buckets.length - 1)]!; }
  get(key: K): V | undefined { return this.bucket(key).get(key); }
  has(key: K): boolean { return this.bucket(key).has(key); }
  forEach(callback: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const bucket of this.buckets) bucket.forEach((value, key) => callback(value, key, this));
  }
  *entries(): MapIterator<[K, V]> { for (const bucket of this.buckets) yield* bucket.entries(); }
  *keys(): MapIterator<K> { for (const bucket of this.buckets) yield* bucket.keys(); }
  *values(): MapIterator<V> { for (const bucket of this.buckets) yield* bucket.values(); }
  [Symbol.iterator](): MapIterator<[K, V]> { return this.entries(); }
  edit(): MapEditor<K, V> { return new BucketEditor(this); }
}

class BucketEditor<K extends string | number, V> implements MapEditor<K, V> {
  private buckets: ReadonlyMap<K, V>[];
  /** Buckets that are this editor's own, by index. */
  private owned = new Map<number, Map<K, V>>();
  private size: number;
  private changed = false;
  constructor(private readonly base: BucketMap<K, V>) {
    this.buckets = [...base.buckets];
    this.size = base.size;
  }

  private indexOf(key: K): number { return hash(key) & (this.buckets.length - 1); }
  private own(index: number): Map<K, V> {
    let bucket = this.owned.get(index);
    if (bucket === undefined) {
      bucket = new Map(this.buckets[index]);
      this.owned.set(index, bucket);
      this.buckets[index] = bucket;
    }
    return bucket;
  }
  get(key: K): V | undefined { return this.buckets[this.indexOf(key)]!.get(key); }
  has(key: K): boolean { return this.buckets[this.indexOf(key)]!.has(key); }
  set(key: K, value: V): void {
    const bucket = this.own(this.indexOf(key));
    const before = bucket.size;
    bucket.set(key, value);
    this.size += bucket.size - before;
    this.changed = true;
    if (this.size > this.buckets.length * ENTRIES_PER_BUCKET) this.grow();
  }
  delete(key: K): void {
    if (!this.has(key)) return;
    this.own(this.indexOf(key)).delete(key);
    this.size -= 1;
    this.changed = true;
  }
  private grow(): void {
    const old = this.buckets;
    const grown = Array.from({ length: old.length * 4 }, () => new Map<K, V>());
    for (const bucket of old) for (const [key, value] of bucket) grown[hash(key) & (grown.length - 1)]!.set(key, value);
    this.buckets = grown;
    this.owned = new Map(grown.map((bucket, index) => [index, bucket]));
  }
  build(): PersistentMap<K, V> {
    return this.changed ? new BucketMap(this.buckets, this.size) : this.base;
  }
}

export function emptyMap<K extends string | number, V>(): PersistentMap<K, V> {
  return new BucketMap<K, V>([new Map()], 0);
}
