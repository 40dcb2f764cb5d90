/** What an operator says of a cluster that runs elsewhere, made into how it is reached. Nobody is connected to here. */
import {
  controlLimits, ControlFailure, hostPortText, remoteMechanisms, remoteProtocols, type HostPort, type RemoteConnection, type RemoteMechanism, type RemoteProtocol, type RemoteSecrets,
} from '#libs/control/domain';

/** Fields left out stay as they are in an update, and are absent in a new one; null takes away. */
export interface RemoteInput {
  bootstrapServers?: readonly string[];
  securityProtocol?: string;
  mechanism?: string | null;
  username?: string | null;
  password?: string | null;
  caPem?: string | null;
  certificatePem?: string | null;
  keyPem?: string | null;
}

const CREDENTIAL_LENGTH_MAX = 1_024;
const HOST_LENGTH_MAX = 255;

const invalid = (message: string, field: string): ControlFailure => new ControlFailure('invalid_configuration', message, { source: { pointer: `/${field}` } });

function parseServer(text: string, index: number): HostPort {
  const match = /^(?:\[([0-9a-fA-F]*:[0-9a-fA-F:.]{1,44})\]|([^\s:/@\\[\]]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (!match || host.length > HOST_LENGTH_MAX || port < 1 || port > 65_535) throw invalid('each of bootstrap_servers must be host:port, an IPv6 address in brackets', `bootstrap_servers/${index}`);
  return { host, port };
}

function parseServers(texts: readonly string[] | undefined): HostPort[] {
  const { remoteBootstrapMax } = controlLimits;
  if (texts === undefined || texts.length === 0 || texts.length > remoteBootstrapMax) throw invalid(`bootstrap_servers must have 1 to ${remoteBootstrapMax} entries like broker.example.com:9092`, 'bootstrap_servers');
  const servers = texts.map(parseServer);
  const names = servers.map(({ host, port }) => `${host.toLowerCase()}:${port}`);
  const double = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (double >= 0) throw invalid(`bootstrap_servers names ${names[double]} twice`, `bootstrap_servers/${double}`);
  return servers;
}

function oneOf<T extends string>(text: string | null | undefined, choices: readonly T[], field: string): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw invalid(`${field} must be one of ${choices.join(', ')}`, field);
  return found;
}

function bounded(text: string | null | undefined, field: string, lengthMax: number): string | null {
  if (text === null || text === undefined || text === '') return null;
  if (text.length > lengthMax) throw invalid(`${field} has ${text.length} characters; at most ${lengthMax} are allowed`, field);
  if (text.includes('\0')) throw invalid(`${field} holds a NUL character`, field);
  return text;
}

const pem = (text: string | null | undefined, field: string): string | null => bounded(text, field, controlLimits.pemLengthMax);
const word = (text: string | null | undefined, field: string): string | null => bounded(text, field, CREDENTIAL_LENGTH_MAX);

function needless(value: unknown, field: string, protocol: RemoteProtocol): null {
  if (value !== null) throw invalid(`${field} has no meaning with ${protocol}`, field);
  return null;
}

function needed(value: string | null, field: string, protocol: RemoteProtocol): string {
  if (value === null) throw invalid(`${field} is required with ${protocol}`, field);
  return value;
}

export interface ParsedRemote { connection: RemoteConnection; secrets: RemoteSecrets }

export function parseRemote(input: RemoteInput): ParsedRemote {
  const protocol = oneOf(input.securityProtocol, remoteProtocols, 'security_protocol');
  const [sasl, tls] = [protocol.startsWith('SASL_'), protocol.endsWith('SSL')];
  const [username, password] = [word(input.username, 'username'), word(input.password, 'password')];
  const [caPem, certificatePem, keyPem] = [pem(input.caPem, 'ca_pem'), pem(input.certificatePem, 'certificate_pem'), pem(input.keyPem, 'key_pem')];
  if ((certificatePem === null) !== (keyPem === null)) throw invalid('certificate_pem and key_pem belong together', certificatePem === null ? 'certificate_pem' : 'key_pem');
  const mechanism: RemoteMechanism | null = sasl ? oneOf(input.mechanism, remoteMechanisms, 'mechanism') : needless(input.mechanism ?? null, 'mechanism', protocol);
  return {
    connection: {
      bootstrap: parseServers(input.bootstrapServers), protocol, mechanism,
      username: sasl ? needed(username, 'username', protocol) : needless(username, 'username', protocol),
      caPem: tls ? caPem : needless(caPem, 'ca_pem', protocol), certificatePem: tls ? certificatePem : needless(certificatePem, 'certificate_pem', protocol),
    },
    secrets: { password: sasl ? needed(password, 'password', protocol) : needless(password, 'password', protocol), keyPem: tls ? keyPem : needless(keyPem, 'key_pem', protocol) },
  };
}

/** The change over what there is. A password that is kept isn't sent anywhere new: who changes where to, or what vouches for it, gives it again. */
export function changeRemote({ connection, secrets }: ParsedRemote, change: RemoteInput): ParsedRemote {
  const parsed = parseRemote({
    bootstrapServers: connection.bootstrap.map(hostPortText), securityProtocol: connection.protocol, mechanism: connection.mechanism, username: connection.username,
    caPem: connection.caPem, certificatePem: connection.certificatePem, password: secrets.password, keyPem: secrets.keyPem,
    ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
  });
  const target = ({ bootstrap, protocol, mechanism, caPem }: RemoteConnection): string => JSON.stringify([bootstrap, protocol, mechanism, caPem]);
  if (parsed.secrets.password !== null && change.password === undefined && target(parsed.connection) !== target(connection)) {
    throw invalid('password must be given again when bootstrap_servers, security_protocol, mechanism or ca_pem change: the one that is kept is sent nowhere else', 'password');
  }
  return parsed;
}
