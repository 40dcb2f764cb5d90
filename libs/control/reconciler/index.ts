export { createReconciler, type Reconciler, type ReconcilerFigures, type ReconcilerOptions } from './reconciler.js';
export { reconcilerLimits, type ReconcilerLimits } from './reconciler.limits.js';
export { plan, type World } from './plan.js';
export { balancePartitions } from './balance.js';
export type { Plan, Step, Told } from './steps.js';
export { createPortProbe, type PortProbe } from './port-probe.js';
export type { DesiredOptions } from './execute.js';
export type { BrokerState, ClusterState, Lease, ReconcilerStore } from './store.js';
