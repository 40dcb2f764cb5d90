/** Imports point the way architecture.config.json says; planted violations prove that the check can fail. */
import { readFileSync } from 'node:fs';
import { judge, type Architecture } from './house/arrows.js';
import { readImports, type Import } from './house/module-graph.js';

const architecture = JSON.parse(readFileSync('architecture.config.json', 'utf8')) as Architecture;

describe('import arrows', () => {
  it('are those of architecture.config.json', async () => {
    const { modules, imports } = await readImports(['apps', 'libs']);
    expect(modules.length).toBeGreaterThan(100);
    expect(judge(modules, imports, architecture)).toEqual([]);
  }, 60_000);

  it('have a reason each', () => {
    expect(architecture.layers.filter((layer) => !layer.reason)).toEqual([]);
  });
});

describe('the check itself', () => {
  const ours = (from: string, to: string): Import => ({ from, to, kind: 'ours', packageName: '' });
  const planted: [string, Import][] = [
    ['arrow', ours('libs/engine/log/log.ts', 'libs/engine/controller/index.ts')],
    ['arrow', ours('libs/facades/kafka-rest/index.ts', 'libs/persistence/index.ts')],
    ['arrow', ours('libs/facades/kafka-rest/index.ts', 'libs/facades/sluice/index.ts')],
    ['not-through-index', ours('libs/engine/replication/partition.ts', 'libs/engine/log/segment.ts')],
    ['undeclared-target', ours('libs/engine/log/log.ts', 'libs/secret/index.ts')],
    ['test-only', ours('libs/engine/broker/broker.ts', 'libs/kernel/testing/index.ts')],
    ['no-unresolved', { from: 'libs/engine/log/log.ts', to: './gone.js', kind: 'unresolved', packageName: '' }],
    ['impure-builtin', { from: 'libs/engine/log/log.ts', to: 'node:fs', kind: 'builtin', packageName: 'node:fs' }],
    ['package', { from: 'libs/control/domain/roles.ts', to: '@nestjs/common', kind: 'package', packageName: '@nestjs/common' }],
  ];
  it.each(planted)('finds a planted %s', (rule, each) => {
    expect(judge([], [each], architecture).map((violation) => violation.split(':')[0])).toEqual([rule]);
  });
  it('finds a folder that no layer declares', () => {
    expect(judge(['libs/elsewhere/file.ts'], [], architecture)).toEqual(['undeclared-layer: libs/elsewhere/file.ts']);
  });
});
