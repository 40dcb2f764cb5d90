import type { Caller } from '#libs/control/application';
import type { ClusterDescription, KafkaDataPlane } from '#libs/control/application/data-plane';
import { HttpFailure } from '#libs/http';

/** One that lives: a broker that is down isn't there, as the cluster has it. */
export async function findBroker(kafka: Pick<KafkaDataPlane, 'describe'>, caller: Caller, clusterId: string, brokerId: string): Promise<ClusterDescription['brokers'][number]> {
  const { description } = await kafka.describe(caller, clusterId);
  const broker = description.brokers.find(({ nodeId }) => String(nodeId) === brokerId);
  if (broker === undefined) throw new HttpFailure(404, 'kafka_404', [{ detail: `The cluster has no broker ${brokerId} at present.` }]);
  return broker;
}
