/**
 * Packages with native or WebAssembly parts. They are required at first use from beside this module (in a bundle: `node_modules` next to
 * the bundle file), so that a broker which meets no snappy never pays for it.
 */
import nodeModule from 'node:module';

export const load = nodeModule.createRequire(import.meta.url);

/** Calls `make` once, at first use. */
export function lazily<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
