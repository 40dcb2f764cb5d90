/**
 * The Disk port in memory, with what a real one does at its worst: a power cut keeps an arbitrary subset of unsynced pages and names, a
 * crash of the process keeps everything, a sync fails once and drops its data, the disk is full, a write is torn.
 * `mount()` is one process's view: it dies at the next crash or power cut, its syncs under way never resolve.
 */
import { basename, dirname } from 'node:path';
import type { Clock, Disk, DiskFile, DiskSpace, FileStat, Random, Timers } from '../ports.js';
import { createMemoryDirectory, createNamespace, type MemoryDirectory, type Namespace, type Node } from './memory-directory.js';
import { createMemoryFile, type MemoryFile } from './memory-file.js';

export interface MemoryDiskOptions {
  clock?: Clock;
  /** Needed for a sync latency; without it syncs resolve at once. */
  timers?: Timers;
  syncLatencyMs?: number | (() => number);
}

export interface DiskOperation { kind: 'open' | 'write' | 'truncate' | 'rename' | 'remove' | 'mkdir' | 'sync' | 'syncDir'; path: string }

export interface MemoryDisk extends Disk {
  /** A view for one process; the disk itself stays usable after a crash, a view does not. */
  mount(): Disk;
  crash(): void;
  powerCut(random: Random): void;
  /** The next sync whose path matches rejects and drops its data; later ones succeed. */
  failNextSync(matches?: (path: string) => boolean, code?: string): void;
  /** The nth matching write from now (1 = the next) throws, after `keptBytes` of it were written. */
  failWrite(nth: number, options?: { code?: string; keptBytes?: number; matches?: (path: string) => boolean }): void;
  setSyncLatency(latency: number | (() => number)): void;
  /** What `space` answers from now on; nothing else looks at it. */
  setSpace(space: DiskSpace): void;
  /** Files together may hold so many bytes; a write beyond keeps what fits and throws ENOSPC. Null: any number. `space` then tells this. */
  setCapacity(bytes: number | null): void;
  usedBytes(): number;
  /** Called before each operation; a test may throw, count, or clone the disk here. */
  onOperation(hook: ((operation: DiskOperation) => void) | null): void;
  /** Changes the volatile and the durable bytes alike, as rot would. */
  corrupt(path: string, change: (bytes: Buffer) => Buffer): void;
  /** An independent copy with the same unsynced state. */
  clone(): MemoryDisk;
  counts(): { writes: number; syncs: number; directorySyncs: number };
}

export function diskError(code: string, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${operation} '${path}'`), { code });
}

const NEVER = new Promise<never>(() => undefined);

interface WriteFault { remaining: number; code: string; keptBytes: number; matches: (path: string) => boolean }
interface Shared {
  names: Namespace;
  generation: number;
  nextId: number;
  syncFault: { matches: (path: string) => boolean; code: string } | null;
  writeFault: WriteFault | null;
  latency: number | (() => number);
  space: DiskSpace;
  capacity: number | null;
  hook: ((operation: DiskOperation) => void) | null;
  watchers: Set<{ path: string; onChange: () => void; alive: () => boolean }>;
  counts: { writes: number; syncs: number; directorySyncs: number };
}

function walk(root: MemoryDirectory, path: string): Node | null {
  let node: Node = root;
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    const next: Node | undefined = node.kind === 'directory' ? node.entries.get(part) : undefined;
    if (next === undefined) return null;
    node = next;
  }
  return node;
}

function parentOf(shared: Shared, path: string, operation: string): MemoryDirectory {
  const parent = walk(shared.names.root, dirname(path));
  if (parent?.kind !== 'directory') throw diskError('ENOENT', operation, path);
  return parent;
}

/** Of what has a name now. */
function usedBytes(directory: MemoryDirectory): number {
  let sum = 0;
  for (const node of directory.entries.values()) sum += node.kind === 'file' ? node.sizeBytes() : usedBytes(node);
  return sum;
}

/** How much of a write still has room. */
function roomFor(shared: Shared, file: MemoryFile, position: number, length: number): number {
  if (shared.capacity === null) return length;
  const growth = position + length - file.sizeBytes();
  return growth <= 0 ? length : Math.max(0, length - Math.max(0, usedBytes(shared.names.root) + growth - shared.capacity));
}

function spaceOf(shared: Shared): DiskSpace {
  if (shared.capacity === null) return shared.space;
  return { totalBytes: shared.capacity, usableBytes: Math.max(0, shared.capacity - usedBytes(shared.names.root)) };
}

function latencyOf(shared: Shared): number {
  return typeof shared.latency === 'function' ? shared.latency() : shared.latency;
}

function takeSyncFault(shared: Shared, path: string): string | null {
  const fault = shared.syncFault;
  if (fault === null || !fault.matches(path)) return null;
  shared.syncFault = null;
  return fault.code;
}

/** Resolves after the latency; never, when the process died meanwhile. */
async function delayed(shared: Shared, options: MemoryDiskOptions, alive: () => boolean): Promise<void> {
  const latencyMs = latencyOf(shared);
  if (latencyMs > 0 && options.timers !== undefined) {
    await new Promise<void>((resolve) => { options.timers!.set(latencyMs, resolve); });
  } else {
    await null;
  }
  if (!alive()) await NEVER;
}

function createHandle(shared: Shared, options: MemoryDiskOptions, file: MemoryFile, path: string, mode: 'read' | 'readwrite', alive: () => boolean, changed: (path: string, file: MemoryFile) => void): DiskFile {
  let open = true;
  const check = (operation: string): void => {
    if (!open || !alive()) throw diskError('EBADF', operation, path);
  };
  const checkWritable = (operation: string): void => {
    check(operation);
    if (mode === 'read') throw diskError('EBADF', operation, path);
  };
  return {
    path,
    sizeBytes() { check('stat'); return file.sizeBytes(); },
    write(position, buffers) {
      checkWritable('write');
      shared.hook?.({ kind: 'write', path });
      shared.counts.writes++;
      const bytes = buffers.length === 1 ? buffers[0]! : Buffer.concat(buffers);
      const fault = shared.writeFault;
      if (fault !== null && fault.matches(path) && --fault.remaining === 0) {
        shared.writeFault = null;
        if (fault.keptBytes > 0) file.write(position, bytes.subarray(0, fault.keptBytes));
        throw diskError(fault.code, 'write', path);
      }
      const room = roomFor(shared, file, position, bytes.length);
      if (room > 0) file.write(position, bytes.subarray(0, room));
      changed(path, file);
      if (room < bytes.length) throw diskError('ENOSPC', 'write', path);
    },
    read(position, length) { check('read'); return file.read(position, length); },
    readLent(position, length) { check('read'); return file.read(position, length); },
    truncate(sizeBytes) {
      checkWritable('truncate');
      shared.hook?.({ kind: 'truncate', path });
      file.truncate(sizeBytes);
      changed(path, file);
    },
    async sync() {
      check('sync');
      shared.hook?.({ kind: 'sync', path });
      shared.counts.syncs++;
      const snapshot = file.beginSync();
      const fault = takeSyncFault(shared, path);
      await delayed(shared, options, alive);
      file.endSync(snapshot, fault === null);
      if (fault !== null) throw diskError(fault, 'fsync', path);
    },
    close() { open = false; },
  };
}

function makeDirectories(shared: Shared, path: string): void {
  let node: MemoryDirectory = shared.names.root;
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    const next = node.entries.get(part);
    if (next === undefined) {
      const created = createMemoryDirectory(shared.nextId++);
      shared.names.change([{ directory: node, name: part, node: created }]);
      node = created;
    } else if (next.kind === 'directory') node = next;
    else throw diskError('ENOTDIR', 'mkdir', path);
  }
}

function rename(shared: Shared, from: string, to: string): void {
  const source = parentOf(shared, from, 'rename');
  const target = parentOf(shared, to, 'rename');
  const node = source.entries.get(basename(from));
  if (node === undefined) throw diskError('ENOENT', 'rename', from);
  const replaced = target.entries.get(basename(to));
  if (replaced?.kind === 'directory' && replaced.entries.size > 0) throw diskError('ENOTEMPTY', 'rename', to);
  if (from === to) return;
  shared.names.change([{ directory: source, name: basename(from), node: null }, { directory: target, name: basename(to), node }]);
}

function statOf(node: Node): FileStat {
  if (node.kind === 'directory') return { sizeBytes: 0, modifiedMs: 0, isDirectory: true, version: `${node.id}` };
  return { sizeBytes: node.sizeBytes(), modifiedMs: node.modifiedMs, isDirectory: false, version: `${node.id}:${node.changes}` };
}

function notify(shared: Shared, options: MemoryDiskOptions, path: string): void {
  for (const watcher of shared.watchers) {
    if (watcher.path !== path || !watcher.alive()) continue;
    const call = (): void => { if (watcher.alive() && shared.watchers.has(watcher)) watcher.onChange(); };
    if (options.timers === undefined) void Promise.resolve().then(call);
    else options.timers.set(0, call);
  }
}

function createView(shared: Shared, options: MemoryDiskOptions, alive: () => boolean): Disk {
  const begin = (kind: DiskOperation['kind'], path: string): void => {
    if (!alive()) throw diskError('EIO', kind, path);
    shared.hook?.({ kind, path });
  };
  const changed = (path: string, file: MemoryFile): void => {
    file.modifiedMs = options.clock?.now() ?? 0;
    file.changes++;
    notify(shared, options, path);
  };
  const removePath = (path: string): void => {
    begin('remove', path);
    if (walk(shared.names.root, path) === null) return;
    shared.names.change([{ directory: parentOf(shared, path, 'remove'), name: basename(path), node: null }]);
  };
  return {
    open(path, mode) {
      if (!alive()) throw diskError('EIO', 'open', path);
      let node = walk(shared.names.root, path);
      if (node?.kind === 'directory') throw diskError('EISDIR', 'open', path);
      if (node === null) {
        if (mode === 'read') throw diskError('ENOENT', 'open', path);
        begin('open', path);
        node = createMemoryFile(shared.nextId++);
        shared.names.change([{ directory: parentOf(shared, path, 'open'), name: basename(path), node }]);
        changed(path, node);
      }
      return createHandle(shared, options, node, path, mode, alive, changed);
    },
    stat(path) {
      const node = walk(shared.names.root, path);
      return node === null ? null : statOf(node);
    },
    readFile(path) {
      const node = walk(shared.names.root, path);
      if (node?.kind === 'directory') throw diskError('EISDIR', 'read', path);
      return node === null ? null : node.read(0, node.sizeBytes());
    },
    list(directory) {
      const node = walk(shared.names.root, directory);
      return node?.kind === 'directory' ? [...node.entries.keys()] : [];
    },
    mkdir(directory) { begin('mkdir', directory); makeDirectories(shared, directory); },
    rename(from, to) {
      begin('rename', from);
      rename(shared, from, to);
      notify(shared, options, from);
      notify(shared, options, to);
    },
    remove: removePath,
    async unlink(path) {
      const node = walk(shared.names.root, path);
      if (node?.kind === 'directory' && node.entries.size > 0) throw diskError('ENOTEMPTY', 'remove', path);
      removePath(path);
    },
    async syncDir(directory) {
      begin('syncDir', directory);
      const node = walk(shared.names.root, directory);
      if (node?.kind !== 'directory') throw diskError('ENOENT', 'fsync', directory);
      shared.counts.directorySyncs++;
      const operations = shared.names.pendingOf(node);
      const fault = takeSyncFault(shared, directory);
      await delayed(shared, options, alive);
      if (fault !== null) throw diskError(fault, 'fsync', directory);
      shared.names.makeDurable(operations);
    },
    space: () => spaceOf(shared),
    watch(path, onChange) {
      const watcher = { path, onChange, alive };
      shared.watchers.add(watcher);
      return { close() { shared.watchers.delete(watcher); } };
    },
  };
}

function controlsOf(shared: Shared, options: MemoryDiskOptions): Omit<MemoryDisk, keyof Disk> {
  return {
    mount() {
      const generation = shared.generation;
      return createView(shared, options, () => shared.generation === generation);
    },
    crash() {
      shared.generation++;
      for (const file of shared.names.files()) file.crash();
    },
    powerCut(random) {
      shared.generation++;
      shared.names.powerCut(random);
    },
    failNextSync(matches = () => true, code = 'EIO') { shared.syncFault = { matches, code }; },
    failWrite(nth, fault = {}) {
      shared.writeFault = { remaining: nth, code: fault.code ?? 'ENOSPC', keptBytes: fault.keptBytes ?? 0, matches: fault.matches ?? (() => true) };
    },
    setSyncLatency(latency) { shared.latency = latency; },
    setSpace(space) { shared.space = space; },
    setCapacity(bytes) { shared.capacity = bytes; },
    usedBytes: () => usedBytes(shared.names.root),
    onOperation(hook) { shared.hook = hook; },
    corrupt(path, change) {
      const node = walk(shared.names.root, path);
      if (node?.kind !== 'file') throw diskError('ENOENT', 'corrupt', path);
      const bytes = change(node.read(0, node.sizeBytes()));
      node.truncate(bytes.length);
      node.write(0, bytes);
      node.endSync(node.beginSync(), true);
      node.changes++;
    },
    clone: () => assemble({ ...shared, names: shared.names.clone(), syncFault: null, writeFault: null, hook: null, watchers: new Set(), counts: { ...shared.counts } }, options),
    counts: () => ({ ...shared.counts }),
  };
}

/** The disk's own file methods never die: handles opened through them end at a crash, the disk does not. */
function assemble(shared: Shared, options: MemoryDiskOptions): MemoryDisk {
  const controls = controlsOf(shared, options);
  let view = controls.mount();
  let generation = shared.generation;
  const current = (): Disk => {
    if (generation !== shared.generation) {
      generation = shared.generation;
      view = controls.mount();
    }
    return view;
  };
  return {
    ...controls,
    open: (path, mode) => current().open(path, mode), stat: (path) => current().stat(path), readFile: (path) => current().readFile(path),
    list: (directory) => current().list(directory), mkdir: (directory) => current().mkdir(directory), rename: (from, to) => current().rename(from, to),
    remove: (path) => current().remove(path), unlink: (path) => current().unlink(path), syncDir: (directory) => current().syncDir(directory), space: (directory) => current().space(directory),
    watch: (path, onChange) => current().watch(path, onChange),
  };
}

export function createMemoryDisk(options: MemoryDiskOptions = {}): MemoryDisk {
  return assemble({
    names: createNamespace(createMemoryDirectory(0)), generation: 0, nextId: 1, syncFault: null, writeFault: null, latency: options.syncLatencyMs ?? 0,
    space: { totalBytes: 2 ** 40, usableBytes: 2 ** 40 }, capacity: null, hook: null, watchers: new Set(), counts: { writes: 0, syncs: 0, directorySyncs: 0 },
  }, options);
}
