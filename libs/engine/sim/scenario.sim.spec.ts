import { runScenario } from './scenario.js';

describe('a simulated broker', () => {
  it('serves without faults', async () => {
    const report = await runScenario({ seed: 1, faults: [] });
    expect(report.findings).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(50);
  }, 60_000);
});
