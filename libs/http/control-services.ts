import type { Type } from '@nestjs/common';

/** Injection token of the use cases (`ControlServices` of control/application); the composition provides it globally. */
export const CONTROL_SERVICES = Symbol('control services');

/** And of those inside a cluster (`KafkaDataPlane` of control/application/data-plane). */
export const KAFKA_DATA_PLANE = Symbol('kafka data plane');

/** One part of the API with a document of its own: `/openapi/<name>.json`. */
export interface ApiGroup {
  /** As in the document's path: `cmk-v2`. */
  name: string;
  title: string;
  description: string;
  /** Of its controllers, in the order in which they are read: that of the routes has reasons of its own. */
  tags: readonly string[];
  /** The Nest module whose controllers (and no others) belong to it. */
  module: Type<unknown>;
}
