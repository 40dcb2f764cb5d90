/** Our own routes, for what no vendor's API has a place for. In the control plane's envelope and error shape; unknown fields are refused. */
import type { ApiGroup } from '#libs/http';
import { SluiceV1Module } from './sluice-v1.module.js';

export const sluiceGroups: readonly ApiGroup[] = [
  { name: 'sluice-v1', title: 'Sluice (sluice/v1)', description: 'Organizations of the platform, operations, the engines behind clusters, clusters that run elsewhere, configuration for their clients, the logs of topics, where their partitions are, their naming, and the size of clusters.', tags: ['Organizations of the platform', 'Operations', 'Engines', 'Attached clusters', 'Client configuration', 'Logs of topics', 'Placement', 'Topic names', 'Sizing'], module: SluiceV1Module },
];
