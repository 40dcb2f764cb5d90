/** Where this façade's objects stand, without a base. */
export const paths = {
  engines: '/sluice/v1/engines',
  regions: '/sluice/v1/regions',
  attachedCluster: (id: string): string => `/sluice/v1/attached-clusters/${id}`,
  operation: (id: string): string => `/sluice/v1/operations/${id}`,
  namingPolicy: (environmentId: string): string => `/sluice/v1/environments/${environmentId}/naming-policy`,
  cluster: (id: string): string => `/sluice/v1/clusters/${id}`,
  clientConfig: (clusterId: string, client: string): string => `/sluice/v1/clusters/${clusterId}/client-config?client=${client}`,
  partition: (clusterId: string, topic: string, partition: number): string => `/sluice/v1/clusters/${clusterId}/topics/${encodeURIComponent(topic)}/partitions/${partition}`,
};

export const SLUICE_V1 = 'sluice/v1';
