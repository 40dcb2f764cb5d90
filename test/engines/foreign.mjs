// A cluster that the platform knows nothing of, brought under its roof by the operator's call: a broker process with files, certificates and users of its own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBroker } from '../hostile/broker.mjs';

/** The strongest that the listener takes: a key is a user of the cluster's own, by one mechanism. */
const MECHANISMS = ['SCRAM-SHA-512'];

/** What the cluster can, in the words of an engine's capabilities. */
function capabilitiesOf({ capabilities }) {
  const { api_keys: keys, scram_users, transactions, life_cycle, naming_policy_on_brokers } = capabilities;
  return { keys: keys ? 'scram' : 'none', scram_users, transactions, life_cycle, naming_policy: naming_policy_on_brokers, disk_limit: false, log_details: false };
}

/** What a context needs, and how to let go of it: `remove` detaches it, `release` ends the broker. */
export async function attachForeign(platform, environment) {
  const broker = await startBroker();
  try {
    const [{ id, secret }] = broker.credentials;
    const caFile = join(broker.directory, 'ca.pem');
    writeFileSync(caFile, broker.caPem);
    const organizations = (await platform.call('GET', '/org/v2/organizations')).data;
    const attached = await platform.call('POST', '/sluice/v1/attached-clusters', {
      organization_id: organizations[0].id, environment_id: environment.id, display_name: 'suite-foreign', bootstrap_servers: [`localhost:${broker.ports.tls}`], security_protocol: 'SASL_SSL',
      mechanism: 'PLAIN', username: id, password: secret, ca_pem: broker.caPem,
    });
    const { spec, status, metadata } = attached;
    const brokers = status.brokers.length;
    return {
      cluster: { id: attached.id, metadata, spec: { kafka_bootstrap_endpoint: spec.bootstrap_servers.join(','), config: { sluice: { engine: 'attached', brokers } } } },
      capabilities: capabilitiesOf(status), caFile, mechanisms: MECHANISMS, isKeyPrincipal: status.api_key_principal !== null,
      remove: async () => (await platform.call('DELETE', `/sluice/v1/attached-clusters/${attached.id}`)).users_left.length === 0,
      release: () => broker.stop(),
    };
  } catch (error) {
    await broker.stop();
    throw error;
  }
}
