/** `listeners`, `advertised.listeners` and what else is said of each: protocol, mechanisms, certificates. No plaintext beyond loopback. */
import type { TlsVersion } from '#libs/kernel';
import { SASL_MECHANISMS, type SaslMechanism, type SecurityProtocol } from '../server/index.js';
import { listItems } from '../controller/index.js';
import { brokerErrors } from './broker.errors.js';
import { BROKER_LIMITS } from './broker.limits.js';
import type { PropertyReader } from './property-reader.js';

export interface TlsFiles { keystore: string; truststore: string | null; clientAuth: 'none' | 'requested' | 'required'; minVersion: TlsVersion; maxVersion: TlsVersion }

export interface ListenerSettings {
  name: string;
  host: string;
  port: number;
  protocol: SecurityProtocol;
  tls: TlsFiles | null;
  mechanisms: readonly SaslMechanism[];
  /** The brokers' own, which nobody enters without a certificate of this installation: past the limits that hold for clients. */
  privileged: boolean;
}

export interface Endpoint { name: string; host: string; port: number }
export interface AdvertisedListener { listener: string; host: string; port: number; securityProtocol: string }

const PROTOCOLS: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];
const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|::1)$/;

function parseEndpoint(key: string, text: string): Endpoint {
  const match = /^([A-Za-z0-9_-]+):\/\/(?:\[([0-9a-fA-F:.%]+)\]|([^:/[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[4]);
  if (match === null || port > 65_535) throw brokerErrors.badProperty(`Invalid value ${text} for configuration ${key}: not of the form NAME://host:port`);
  return { name: match[1]!.toUpperCase(), host: match[2] ?? match[3]!, port };
}

function endpoints(reader: PropertyReader, key: string): Endpoint[] {
  const parsed = reader.list(key).map((text) => parseEndpoint(key, text));
  if (parsed.length > BROKER_LIMITS.listenersMax) throw brokerErrors.badProperty(`${key} has more than ${BROKER_LIMITS.listenersMax} listeners`);
  if (new Set(parsed.map(({ name }) => name)).size !== parsed.length) throw brokerErrors.badProperty(`Each listener in ${key} must have a different name`);
  return parsed;
}

function protocolOf(reader: PropertyReader, name: string): SecurityProtocol {
  for (const pair of reader.list('listener.security.protocol.map')) {
    const [listener, protocol] = pair.split(':');
    if (listener?.toUpperCase() !== name) continue;
    const known = PROTOCOLS.find((candidate) => candidate === protocol);
    if (known === undefined) throw brokerErrors.badProperty(`No security protocol ${protocol ?? ''} for listener ${name}`);
    return known;
  }
  throw brokerErrors.badProperty(`No security protocol defined for listener ${name}`);
}

const TLS_VERSIONS: readonly TlsVersion[] = ['TLSv1.2', 'TLSv1.3'];

function tlsVersions(reader: PropertyReader, name: string): Pick<TlsFiles, 'minVersion' | 'maxVersion'> {
  const wanted = listItems(reader.ofListener(name, 'ssl.enabled.protocols') ?? '');
  const unknown = wanted.find((version) => !TLS_VERSIONS.some((known) => known === version));
  if (unknown !== undefined) throw brokerErrors.badProperty(`Invalid value ${unknown} for configuration ssl.enabled.protocols: supported are ${TLS_VERSIONS.join(', ')}`);
  const versions = TLS_VERSIONS.filter((version) => wanted.includes(version));
  const [minVersion, maxVersion] = [versions[0], versions.at(-1)];
  if (minVersion === undefined || maxVersion === undefined) throw brokerErrors.missing(`ssl.enabled.protocols for listener ${name}`);
  return { minVersion, maxVersion };
}

function tlsFiles(reader: PropertyReader, name: string, protocol: SecurityProtocol): TlsFiles | null {
  if (protocol === 'PLAINTEXT' || protocol === 'SASL_PLAINTEXT') return null;
  for (const key of ['ssl.keystore.type', 'ssl.truststore.type']) {
    const type = reader.ofListener(name, key);
    if (type !== null && type !== 'PEM' && (key === 'ssl.keystore.type' || reader.ofListener(name, 'ssl.truststore.location') !== null)) throw brokerErrors.badProperty(`${key} of listener ${name} must be PEM`);
  }
  const keystore = reader.ofListener(name, 'ssl.keystore.location');
  if (keystore === null || keystore === '') throw brokerErrors.missing(`ssl.keystore.location for listener ${name}`);
  const truststore = reader.ofListener(name, 'ssl.truststore.location');
  const clientAuth = reader.ofListener(name, 'ssl.client.auth') as TlsFiles['clientAuth'];
  if (clientAuth !== 'none' && !truststore) throw brokerErrors.missing(`ssl.truststore.location for listener ${name}`);
  // On SASL listeners Kafka's client authentication is that of SASL; a certificate is not asked for.
  return { keystore, truststore, clientAuth: protocol === 'SSL' ? clientAuth : 'none', ...tlsVersions(reader, name) };
}

function mechanismsOf(reader: PropertyReader, name: string, protocol: SecurityProtocol): SaslMechanism[] {
  if (!protocol.startsWith('SASL_')) return [];
  const names = (reader.ofListener(name, 'sasl.enabled.mechanisms') ?? '').split(',').map((item) => item.trim()).filter((item) => item !== '');
  const mechanisms = names.map((wanted) => {
    const known = SASL_MECHANISMS.find((candidate) => candidate === wanted);
    if (known === undefined) throw brokerErrors.badProperty(`Invalid value ${wanted} for configuration sasl.enabled.mechanisms: supported are ${SASL_MECHANISMS.join(', ')}`);
    return known;
  });
  if (mechanisms.length === 0) throw brokerErrors.missing(`sasl.enabled.mechanisms for listener ${name}`);
  return mechanisms;
}

export interface AllListeners { served: ListenerSettings[]; controller: Endpoint & { securityProtocol: string }; advertised: AdvertisedListener[] }

export function readListeners(reader: PropertyReader): AllListeners {
  const all = endpoints(reader, 'listeners');
  const controllerNames = reader.list('controller.listener.names').map((name) => name.toUpperCase());
  const controller = all.find(({ name }) => name === controllerNames[0]);
  if (controller === undefined) throw brokerErrors.badProperty('controller.listener.names must name one of the listeners');
  const served = all.filter(({ name }) => !controllerNames.includes(name)).map((endpoint): ListenerSettings => {
    const protocol = protocolOf(reader, endpoint.name);
    if (!protocol.endsWith('SSL') && !(reader.boolean('sluice.allow.plaintext') && LOOPBACK.test(endpoint.host))) {
      throw brokerErrors.badProperty(`Listener ${endpoint.name} has protocol ${protocol}: only on loopback and with sluice.allow.plaintext=true`);
    }
    const tls = tlsFiles(reader, endpoint.name, protocol);
    const privileged = endpoint.name === reader.text('inter.broker.listener.name')?.toUpperCase() && protocol === 'SSL' && tls?.clientAuth === 'required';
    return { ...endpoint, protocol, tls, mechanisms: mechanismsOf(reader, endpoint.name, protocol), privileged };
  });
  if (served.length === 0) throw brokerErrors.badProperty('listeners must have a listener for clients');
  const advertised = reader.isSet('advertised.listeners') ? endpoints(reader, 'advertised.listeners') : served;
  for (const { name, host } of advertised) {
    if (!served.some((listener) => listener.name === name)) throw brokerErrors.badProperty(`advertised.listeners names ${name}, which is not among listeners`);
    if (host === '' || host === '0.0.0.0' || host === '::') throw brokerErrors.badProperty(`advertised.listeners cannot use the nonroutable address of ${name}`);
  }
  return {
    served,
    controller: { ...controller, securityProtocol: protocolOf(reader, controller.name) },
    advertised: advertised.map(({ name, host, port }) => ({ listener: name, host, port, securityProtocol: protocolOf(reader, name) })),
  };
}
