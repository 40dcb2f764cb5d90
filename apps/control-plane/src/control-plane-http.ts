import { Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import type { ControlServices } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { confluentCloudGroups, confluentResourcePath } from '#libs/facades/confluent-cloud';
import { kafkaRestDialect, kafkaRestGroups } from '#libs/facades/kafka-rest';
import { sluiceGroups } from '#libs/facades/sluice';
import { CONTROL_SERVICES, KAFKA_DATA_PLANE, createHttpApplication, createOpenApiDocuments, type DocumentWords, type HttpApplicationOptions } from '#libs/http';
import type { Log } from '#libs/kernel';
import { mountDocuments } from './documents.js';
import { MetricsController, PLATFORM_METRICS } from './metrics.controller.js';
import type { PlatformMetrics } from './platform-metrics.js';
import { PLATFORM_STATUS, PlatformController, type PlatformStatus } from './platform.controller.js';

export interface ControlPlaneHttpOptions extends Pick<HttpApplicationOptions, 'tls' | 'publicUrl' | 'behindProxy' | 'limits'> {
  services: ControlServices;
  dataPlane: KafkaDataPlane;
  status: PlatformStatus;
  metrics: PlatformMetrics;
  /** What the documents tell of this installation. */
  words: () => DocumentWords;
  log: Log;
}

export const apiGroups = [...confluentCloudGroups, ...kafkaRestGroups, ...sluiceGroups];

/** Everything that needs no key. Whatever isn't listed asks for one. */
export const publicPaths = ['/health/', '/ca.pem', '/openapi.json', '/openapi/', '/docs/'];

@Module({})
class ControlPlaneModule {}

/** All façades over the use cases, as one HTTP application that doesn't listen yet. */
export async function createControlPlaneHttp(options: ControlPlaneHttpOptions): Promise<INestApplication> {
  const { services, dataPlane, status, metrics, words, log, tls, publicUrl, behindProxy, limits } = options;
  const module: DynamicModule = {
    module: ControlPlaneModule,
    global: true,
    imports: apiGroups.map((group) => group.module),
    controllers: [PlatformController, MetricsController],
    providers: [
      { provide: CONTROL_SERVICES, useValue: services },
      { provide: KAFKA_DATA_PLANE, useValue: dataPlane },
      { provide: PLATFORM_STATUS, useValue: status },
      { provide: PLATFORM_METRICS, useValue: metrics },
    ],
    exports: [CONTROL_SERVICES, KAFKA_DATA_PLANE],
  };
  const application = await createHttpApplication({
    module, authenticator: services.authentication, dialects: [kafkaRestDialect], publicPaths, resourcePath: confluentResourcePath, log, tls, publicUrl, behindProxy,
    onAnswered: metrics.answered, ...(limits === undefined ? {} : { limits }),
  });
  mountDocuments(application, createOpenApiDocuments(application, apiGroups, status.version, words));
  return application;
}
