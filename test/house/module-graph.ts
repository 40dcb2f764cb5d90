/** The imports of the repository as dependency-cruiser sees them. */
import { cruise, type ICruiseResult } from 'dependency-cruiser';

export interface Import { from: string; to: string; kind: 'ours' | 'package' | 'builtin' | 'unresolved'; packageName: string }

const packageNameOf = (module: string): string => module.split('/').slice(0, module.startsWith('@') ? 2 : 1).join('/');

export async function readImports(roots: string[], baseDir = process.cwd()): Promise<{ modules: string[]; imports: Import[] }> {
  const { output } = await cruise(roots, {
    baseDir, doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'types', 'import', 'node', 'default'], extensions: ['.ts', '.js', '.mjs', '.json'], extensionAlias: { '.js': ['.ts', '.js'] } } as never,
  });
  const modules = (output as ICruiseResult).modules.filter((m) => roots.some((root) => m.source.startsWith(`${root}/`)));
  const imports = modules.flatMap((m) => m.dependencies.map((d): Import => {
    if (d.coreModule) return { from: m.source, to: d.module, kind: 'builtin', packageName: `node:${d.module.replace(/^node:/, '')}` };
    if (/^[^.#/]/.test(d.module)) return { from: m.source, to: d.module, kind: 'package', packageName: packageNameOf(d.module) };
    // What `npm run generate` makes is not in a fresh checkout.
    const generated = /(^|\/)generated\/prisma\//.exec(d.module);
    if (generated) return { from: m.source, to: 'generated/prisma/client.ts', kind: 'ours', packageName: '' };
    return { from: m.source, to: d.resolved, kind: d.couldNotResolve ? 'unresolved' : 'ours', packageName: '' };
  }));
  return { modules: modules.map((m) => m.source), imports };
}
