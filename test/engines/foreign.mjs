// A cluster that the platform knows nothing of, brought under its roof by the operator's call: a broker process with files, certificates and users of its own.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBroker } from '../hostile/broker.mjs';

/** The strongest that the listener takes: a key is a user of the cluster's own, by one mechanism. */
const MECHANISMS = ['SCRAM-SHA-512'];

/** What the cluster can, in the words of an engine's capabilities. */
function capabilitiesOf({ capabilities }) {
  const { api_keys: keys, scram_users, transactions, life_cycle, naming_policy_on_brokers } = capabilities;
  return { keys: keys ? 'scram' : 'none', scram_users, transactions, life_cycle, naming_policy: naming_policy_on_brokers, disk_limit: false, log_details: false };
}

/** The operator's call; what a context needs, and how to let go of it: `remove` detaches it. */
async function attach(platform, environment, displayName, { bootstrapServers, username, password, caPem, caFile }) {
  const organizations = (await platform.call('GET', '/org/v2/organizations')).data;
  const { id, metadata, spec, status } = await platform.call('POST', '/sluice/v1/attached-clusters', {
    organization_id: organizations[0].id, environment_id: environment.id, display_name: displayName, bootstrap_servers: bootstrapServers, security_protocol: 'SASL_SSL',
    mechanism: 'PLAIN', username, password, ca_pem: caPem,
  });
  return {
    cluster: { id, metadata, spec: { kafka_bootstrap_endpoint: spec.bootstrap_servers.join(','), config: { sluice: { engine: 'attached', brokers: status.brokers.length } } } },
    capabilities: capabilitiesOf(status), caFile, mechanisms: MECHANISMS, isKeyPrincipal: status.api_key_principal !== null,
    remove: async () => (await platform.call('DELETE', `/sluice/v1/attached-clusters/${id}`)).users_left.length === 0,
  };
}

/** `release` ends the broker. */
export async function attachForeign(platform, environment) {
  const broker = await startBroker();
  try {
    const [{ id, secret }] = broker.credentials;
    const caFile = join(broker.directory, 'ca.pem');
    writeFileSync(caFile, broker.caPem);
    const attached = await attach(platform, environment, 'suite-foreign', { bootstrapServers: [`localhost:${broker.ports.tls}`], username: id, password: secret, caPem: broker.caPem, caFile });
    return { ...attached, release: () => broker.stop() };
  } catch (error) {
    await broker.stop();
    throw error;
  }
}

/** A cluster of this context's, attached like anybody else's, with a key that administers it: the platform manages it twice, and knows nothing of that. */
export async function attachKnown(context) {
  const { platform, environment, cluster, bootstrap, caFile } = context;
  const account = await context.account('attaching');
  const key = await context.key(account);
  await platform.call('POST', '/iam/v2/role-bindings', { principal: `User:${account.id}`, role_name: 'CloudClusterAdmin', crn_pattern: cluster.metadata.resource_name });
  const attached = await attach(platform, environment, `suite-${cluster.id}`, { bootstrapServers: bootstrap.split(','), username: key.apiKey, password: key.apiSecret, caPem: readFileSync(caFile, 'utf8'), caFile });
  return { ...attached, release: async () => undefined };
}
