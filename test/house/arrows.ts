/** Judges imports by `architecture.config.json`: what no line allows is a violation, and so is a folder that no line declares. */
import type { Import } from './module-graph.js';

export interface Layer { path: string; may: string[]; packages: string[]; pure?: boolean; testOnly?: boolean; reason: string }
export interface Architecture { layers: Layer[]; pureBuiltins: string[]; impureNames: string[] }

const isTest = (file: string): boolean => /\.(spec|e2e-spec|testing|fixture)\.ts$|(^|\/)(testing)(\.ts$|\/)/.test(file);
const matches = (pattern: string, text: string): boolean => (pattern.endsWith('/*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern);

/** The deepest declared layer that holds a file; a `*` stands for one folder. */
export function layerOf(file: string, layers: readonly Layer[]): { layer: Layer; path: string } | null {
  const folders = file.split('/').slice(0, -1);
  for (let depth = folders.length; depth > 0; depth--) {
    const path = folders.slice(0, depth).join('/');
    const layer = layers.find((each) => each.path === path || (each.path.endsWith('/*') && path.startsWith(each.path.slice(0, -1)) && !path.slice(each.path.length - 1).includes('/')));
    if (layer) return { layer, path };
  }
  return null;
}

export function judge(modules: readonly string[], imports: readonly Import[], architecture: Architecture): string[] {
  const { layers } = architecture;
  const undeclared = modules.filter((file) => layerOf(file, layers) === null).map((file) => `undeclared-layer: ${file}`);
  const wrong = imports.flatMap((each) => judgeImport(each, architecture) ?? []);
  return [...new Set([...undeclared, ...wrong])].sort();
}

function judgeImport(each: Import, { layers, pureBuiltins }: Architecture): string | null {
  if (each.kind === 'unresolved') return `no-unresolved: ${each.from} → ${each.to}`;
  const from = layerOf(each.from, layers);
  if (!from || isTest(each.from)) return null;
  if (each.kind === 'builtin') return from.layer.pure && !pureBuiltins.includes(each.packageName) ? `impure-builtin: ${each.from} → ${each.packageName}` : null;
  if (each.kind === 'package') return from.layer.packages.some((allowed) => matches(allowed, each.packageName)) ? null : `package: ${each.from} → ${each.packageName}`;
  const to = layerOf(each.to, layers);
  if (!to) return `undeclared-target: ${each.from} → ${each.to}`;
  if (to.path === from.path) return null;
  if (to.layer.testOnly && !from.layer.testOnly) return `test-only: ${each.from} → ${each.to}`;
  if (!from.layer.may.some((allowed) => matches(allowed, to.path))) return `arrow: ${each.from} → ${to.path}`;
  const entered = each.to === `${to.path}/index.ts` || from.path.startsWith(`${to.path}/`) || to.path.startsWith('generated/');
  return entered ? null : `not-through-index: ${each.from} → ${each.to}`;
}
