import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Caller } from '#libs/control/application';
import type { ClusterMetrics, KafkaDataPlane } from '#libs/control/application/data-plane';
import { CurrentCaller, KAFKA_DATA_PLANE } from '#libs/http';
import { formatMetrics, METRICS_CONTENT_TYPE, type TextFamily } from './metrics-text.js';
import type { PlatformMetrics } from './platform-metrics.js';

export const PLATFORM_METRICS = Symbol('platform metrics');

const labelsOf = ({ cluster }: ClusterMetrics): { name: string; value: string }[] => [
  { name: 'organization', value: cluster.organizationId }, { name: 'environment', value: cluster.environmentId }, { name: 'cluster', value: cluster.clusterId },
];

/** Every sample says whose cluster it is; what a broker calls so itself gives way. */
function familiesOf(gathered: readonly ClusterMetrics[], isComplete: boolean): TextFamily[] {
  const told = gathered.flatMap((each) => (each.brokers ?? []).flat().map((family): TextFamily => {
    const own = labelsOf(each);
    return { ...family, samples: family.samples.map((sample) => ({ ...sample, labels: [...own, ...sample.labels.filter(({ name }) => !own.some((label) => label.name === name))] })) };
  }));
  const each = (name: string, help: string, value: (metrics: ClusterMetrics) => number): TextFamily =>
    ({ name, help, kind: 'gauge', samples: gathered.map((metrics) => ({ suffix: '', labels: labelsOf(metrics), value: value(metrics) })) });
  return [
    each('sluice_cluster_up', 'Whether the cluster\'s brokers answered in time. Some engines tell nothing more.', ({ brokers }) => (brokers === null ? 0 : 1)),
    each('sluice_cluster_scrape_seconds', 'How long they took.', ({ tookMs }) => tookMs / 1000),
    { name: 'sluice_clusters_complete', help: 'Whether every running cluster is in this answer.', kind: 'gauge', samples: [{ suffix: '', labels: [], value: isComplete ? 1 : 0 }] },
    ...told,
  ];
}

/** For Prometheus, with the operator's key: all running clusters of the installation, and the platform itself. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane, @Inject(PLATFORM_METRICS) private readonly platform: PlatformMetrics) {}

  @Get()
  async metrics(@CurrentCaller() caller: Caller, @Res() response: Response): Promise<void> {
    const { clusters, isComplete } = await this.kafka.metrics.gather(caller);
    response.status(200).setHeader('Content-Type', METRICS_CONTENT_TYPE).end(formatMetrics([...familiesOf(clusters, isComplete), ...this.platform.families()]));
  }
}
