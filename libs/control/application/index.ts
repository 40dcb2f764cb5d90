/** What façades may use of the control plane: its use cases, and of the domain what their mappers and rules need. */
export * from './services.js';
export * from './store.js';
export type { ControlDeps, ReconcilerSignal } from './deps.js';
export type { AttachedCluster, AttachedClustersService, AttachInput } from './attached-clusters.service.js';
export type { RemoteInput } from './attached-clusters.rules.js';
export type { Sizing, SizingService } from './sizing.service.js';
export { createControlServices } from './control-services.js';
export * from '#libs/control/domain';
