import { createKafkaDataPlane, type KafkaDataPlane } from '#libs/control/application/data-plane';
import type { ControlServices } from '#libs/control/application';
import { createClusterPool } from '#libs/kafka/client';
import type { Log } from '#libs/kernel';
import { createNodeEnv } from '#libs/kernel/node';
import type { IssuedCertificate, Pki } from '#libs/pki';

const RENEWAL_CHECK_INTERVAL_MS = 60 * 60 * 1000;

export interface DataPlane { kafka: KafkaDataPlane; close(): void }

/** The Kafka clients of the data-plane routes, with the platform's own client certificate for what it has authorised itself. */
export async function openDataPlane({ dataPlane: service, installation }: Pick<ControlServices, 'dataPlane' | 'installation'>, pki: Pki, log: Log): Promise<DataPlane> {
  let certificate: IssuedCertificate = await pki.ensureControlPlaneClient();
  const pool = createClusterPool(createNodeEnv({ log }));
  const kafka = createKafkaDataPlane(service, pool, {
    caPem: () => pki.caPem,
    internal: () => ({ certPem: certificate.certificatePem, keyPem: certificate.keyPem }),
  }, installation);
  const timer = setInterval(() => {
    pki.ensureControlPlaneClient().then((renewed) => { certificate = renewed; }).catch((error: unknown) => log.write('error', 'data-plane.certificate-renewal-failed', { error }));
  }, RENEWAL_CHECK_INTERVAL_MS);
  timer.unref();
  return {
    kafka,
    close() {
      clearInterval(timer);
      pool.close();
    },
  };
}
