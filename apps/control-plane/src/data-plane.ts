import { connectAsPlatform, createClusterAdministration, createKafkaDataPlane, type DataPlaneTrust, type KafkaDataPlane, type RemoteTrust } from '#libs/control/application/data-plane';
import type { ControlServices } from '#libs/control/application';
import type { ClusterAdministration } from '#libs/control/domain';
import { createClusterPool, type ClusterPool } from '#libs/kafka/client';
import type { Log } from '#libs/kernel';
import { createNodeEnv } from '#libs/kernel/node';
import type { IssuedCertificate, Pki } from '#libs/pki';

const RENEWAL_CHECK_INTERVAL_MS = 60 * 60 * 1000;

/** Connections to clusters, for requests and for the reconciler alike, with the platform's own client certificate for what it has authorised itself. */
export interface ClusterClients { pool: ClusterPool; trust: DataPlaneTrust; administration: ClusterAdministration; close(): void }

export async function openClusterClients(pki: Pki, log: Log, remote?: RemoteTrust): Promise<ClusterClients> {
  let certificate: IssuedCertificate = await pki.ensureControlPlaneClient();
  const pool = createClusterPool(createNodeEnv({ log }));
  const trust: DataPlaneTrust = { caPem: () => pki.caPem, internal: () => ({ certPem: certificate.certificatePem, keyPem: certificate.keyPem }), ...(remote === undefined ? {} : { remote }) };
  const timer = setInterval(() => {
    pki.ensureControlPlaneClient().then((renewed) => { certificate = renewed; }).catch((error: unknown) => log.write('error', 'data-plane.certificate-renewal-failed', { error }));
  }, RENEWAL_CHECK_INTERVAL_MS);
  timer.unref();
  return {
    pool, trust,
    administration: createClusterAdministration(connectAsPlatform(pool, trust)),
    close() {
      clearInterval(timer);
      pool.close();
    },
  };
}

export const createDataPlane = ({ dataPlane, installation }: Pick<ControlServices, 'dataPlane' | 'installation'>, { pool, trust }: ClusterClients): KafkaDataPlane =>
  createKafkaDataPlane(dataPlane, pool, trust, installation);
