/** Injection token of `KafkaDataPlane` (control/application/data-plane); the composition provides it globally. */
export const KAFKA_DATA_PLANE = Symbol('kafka data plane');
