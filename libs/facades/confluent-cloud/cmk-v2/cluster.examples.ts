export const clusterConfigExample = { kind: 'Basic' };

/** Bodies that Swagger UI offers. */
export const clusterCreateExamples = {
  basic: {
    summary: 'A Basic cluster on this machine',
    value: { spec: { display_name: 'orders', availability: 'SINGLE_ZONE', cloud: 'AWS', region: '%region%', config: clusterConfigExample, environment: { id: 'env-8k2m4x1p' } } },
  },
  pageCache: {
    summary: 'One that doesn\'t wait for the disk',
    value: { spec: { display_name: 'metrics', cloud: 'AWS', region: '%region%', config: { kind: 'Basic', sluice: { flushMode: 'os' } }, environment: { id: 'env-8k2m4x1p' } } },
  },
  three: {
    summary: 'Three brokers, for an engine that has more than one',
    value: { spec: { display_name: 'payments', availability: 'MULTI_ZONE', cloud: 'AWS', region: '%largest-region%', config: { kind: 'Standard' }, environment: { id: 'env-8k2m4x1p' } } },
  },
};

export const clusterUpdateExamples = {
  rename: { summary: 'Another name', value: { spec: { display_name: 'orders-eu', environment: { id: 'env-8k2m4x1p' } } } },
  grow: { summary: 'More brokers', value: { spec: { config: { sluice: { brokers: 5 } }, environment: { id: 'env-8k2m4x1p' } } } },
  protect: { summary: 'Not to be deleted', value: { spec: { deletion_protection: true, environment: { id: 'env-8k2m4x1p' } } } },
};
