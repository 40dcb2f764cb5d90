/**
 * The names of the memory disk. A change of names is an operation (a rename is one, as on a journalling file system); it is durable once
 * the directory it touched was synced, and until then a power cut keeps or drops each operation on its own.
 */
import type { Random } from '../ports.js';
import type { MemoryFile } from './memory-file.js';

export interface MemoryDirectory { readonly kind: 'directory'; readonly id: number; entries: Map<string, Node>; durable: Map<string, Node> }
export type Node = MemoryFile | MemoryDirectory;

interface Change { directory: MemoryDirectory; name: string; node: Node | null }
export interface NameOperation { changes: readonly Change[] }

export function createMemoryDirectory(id: number): MemoryDirectory {
  return { kind: 'directory', id, entries: new Map(), durable: new Map() };
}

function put(entries: Map<string, Node>, name: string, node: Node | null): void {
  if (node === null) entries.delete(name);
  else entries.set(name, node);
}

export interface Namespace {
  readonly root: MemoryDirectory;
  change(changes: readonly Change[]): void;
  /** Operations not yet durable that touch this directory. */
  pendingOf(directory: MemoryDirectory): NameOperation[];
  makeDurable(operations: readonly NameOperation[]): void;
  powerCut(random: Random): void;
  files(): MemoryFile[];
  clone(): Namespace;
}

function everyFile(directory: MemoryDirectory, into: Set<MemoryFile>, seen: Set<MemoryDirectory>): void {
  if (seen.has(directory)) return;
  seen.add(directory);
  for (const node of [...directory.entries.values(), ...directory.durable.values()]) {
    if (node.kind === 'file') into.add(node);
    else everyFile(node, into, seen);
  }
}

function revert(directory: MemoryDirectory): void {
  directory.entries = new Map(directory.durable);
  for (const node of directory.entries.values()) if (node.kind === 'directory') revert(node);
}

export function createNamespace(root: MemoryDirectory, pending: NameOperation[] = []): Namespace {
  const apply = (operation: NameOperation): void => {
    for (const { directory, name, node } of operation.changes) put(directory.durable, name, node);
  };
  const files = (): MemoryFile[] => {
    const found = new Set<MemoryFile>();
    const seen = new Set<MemoryDirectory>();
    everyFile(root, found, seen);
    for (const operation of pending) for (const { node } of operation.changes) {
      if (node?.kind === 'file') found.add(node);
      else if (node !== null) everyFile(node, found, seen);
    }
    return [...found];
  };
  return {
    root, files,
    change(changes) {
      for (const { directory, name, node } of changes) put(directory.entries, name, node);
      pending.push({ changes });
    },
    pendingOf: (directory) => pending.filter((operation) => operation.changes.some((change) => change.directory === directory)),
    makeDurable(operations) {
      const chosen = new Set(operations);
      pending = pending.filter((operation) => {
        if (!chosen.has(operation)) return true;
        apply(operation);
        return false;
      });
    },
    powerCut(random) {
      for (const file of files()) file.powerCut(random);
      for (const operation of pending) if (random.int(2) === 1) apply(operation);
      pending = [];
      revert(root);
    },
    clone() {
      const copies = new Map<Node, Node>();
      const copyOf = <T extends Node>(node: T): T => {
        const known = copies.get(node);
        if (known !== undefined) return known as T;
        if (node.kind === 'file') {
          const file = node.clone();
          copies.set(node, file);
          return file as T;
        }
        const directory = createMemoryDirectory(node.id);
        copies.set(node, directory);
        for (const [name, child] of node.entries) directory.entries.set(name, copyOf(child));
        for (const [name, child] of node.durable) directory.durable.set(name, copyOf(child));
        return directory as T;
      };
      const copiedRoot = copyOf(root);
      const operations = pending.map(({ changes }) => ({
        changes: changes.map(({ directory, name, node }) => ({ directory: copyOf(directory), name, node: node === null ? null : copyOf(node) })),
      }));
      return createNamespace(copiedRoot, operations);
    },
  };
}
