export { createReconciler, type Reconciler, type ReconcilerFigures, type ReconcilerOptions } from './reconciler.js';
export { reconcilerLimits, type ReconcilerLimits } from './reconciler.limits.js';
export { plan, type Plan, type Step } from './plan.js';
export { createPortProbe, type PortProbe } from './port-probe.js';
export type { DesiredOptions } from './execute.js';
export type { BrokerState, ClusterState, Lease, ReconcilerStore } from './store.js';
