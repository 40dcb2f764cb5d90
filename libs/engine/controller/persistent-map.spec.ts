import { emptyMap, type PersistentMap } from './persistent-map.js';

it('behaves as a Map through random edits, and earlier versions stay as they were', () => {
  let seed = 7;
  const random = (below: number): number => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return seed % below; };
  let map: PersistentMap<string, number> = emptyMap();
  const model = new Map<string, number>();
  const versions: [PersistentMap<string, number>, Map<string, number>][] = [];
  for (let round = 0; round < 200; round++) {
    const editor = map.edit();
    for (let i = 0; i < 20; i++) {
      const key = `key-${random(900)}`;
      if (random(3) === 0) { editor.delete(key); model.delete(key); } else { editor.set(key, round); model.set(key, round); }
    }
    map = editor.build();
    if (round % 20 === 0) versions.push([map, new Map(model)]);
  }
  versions.push([map, model]);
  for (const [version, expected] of versions) {
    expect(version.size).toBe(expected.size);
    expect([...version].sort()).toEqual([...expected].sort());
    for (const key of expected.keys()) expect(version.get(key)).toBe(expected.get(key));
  }
});

it('is the same map when nothing changed', () => {
  const map = emptyMap<number, string>();
  expect(map.edit().build()).toBe(map);
});
