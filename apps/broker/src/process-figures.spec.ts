import { createProcessFigures } from './process-figures.js';

const busy = (ms: number): void => { const end = performance.now() + ms; while (performance.now() < end); };
const turns = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

it('knows the process, and its event loop from the first question on', async () => {
  const figures = createProcessFigures();
  expect(figures()).toMatchObject({ eventLoopDelay: null, gcSeconds: 0 });
  const deadline = performance.now() + 4000;
  let seen = 0;
  while (seen < 0.1 && performance.now() < deadline) {
    // The watch begins with its first turn.
    await turns(230);
    busy(250);
    await turns(230);
    const { eventLoopDelay, residentBytes, heapUsedBytes, cpuSeconds, eventLoopUtilization } = figures();
    seen = eventLoopDelay?.maxSeconds ?? 0;
    expect(residentBytes).toBeGreaterThan(heapUsedBytes);
    expect(cpuSeconds).toBeGreaterThan(0);
    expect(eventLoopUtilization).toBeGreaterThan(0);
    expect(eventLoopUtilization).toBeLessThanOrEqual(1);
  }
  expect(seen).toBeGreaterThanOrEqual(0.1);
});

it('tells the delay to who asks more often than it is measured', async () => {
  const figures = createProcessFigures();
  const deadline = performance.now() + 4000;
  let told = false;
  while (!told && performance.now() < deadline) {
    await turns(20);
    told = figures().eventLoopDelay !== null;
  }
  expect(told).toBe(true);
});
