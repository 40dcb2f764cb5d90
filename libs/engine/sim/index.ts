export * from './history.js';
export * from './topic-history.js';
export * from './memory-disk.js';
export { runScenario, type Fault, type Plant, type ScenarioOptions, type ScenarioReport, type Workload } from './scenario.js';
