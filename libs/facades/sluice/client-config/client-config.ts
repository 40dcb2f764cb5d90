/**
 * A client's configuration file for one cluster. The platform keeps no secret, so none can stand in a file: where the client's format can read the environment, the
 * file asks for SLUICE_API_SECRET; where it can't, a placeholder says what to write there. Everything else is ready, and `npm run compat:client-config` runs each.
 */
import { invariant } from '#libs/kernel';

export const clientNames = ['java', 'librdkafka', 'kafkajs', 'python', 'go', 'kcat', 'spring'] as const;
export type ClientName = (typeof clientNames)[number];

export const saslMechanisms = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];
/** The stronger SCRAM: the secret never leaves the client, not even for a broker that only pretends to be one. Every client here speaks it. */
export const DEFAULT_MECHANISM: SaslMechanism = 'SCRAM-SHA-512';

export const SECRET_VARIABLE = 'SLUICE_API_SECRET';
export const KEY_PLACEHOLDER = '<API_KEY>';
export const SECRET_PLACEHOLDER = '<API_SECRET>';

export interface ClientConfigInput {
  clusterId: string;
  /** `host:port[,host:port]`. */
  bootstrapEndpoint: string;
  mechanism: SaslMechanism;
  /** Null: the file has KEY_PLACEHOLDER. */
  apiKeyId: string | null;
  /** What brokers are checked against; null: the authorities that the client's machine trusts. */
  caPem: string | null;
  /** Where anybody may fetch that CA; null: it isn't this installation's. */
  caUrl: string | null;
}

export interface ClientConfigFile {
  filename: string;
  language: string;
  /** For which client, as people call it. */
  title: string;
  /** `environment`: the file reads SECRET_VARIABLE; `file`: SECRET_PLACEHOLDER is to be replaced in it. */
  secretFrom: 'environment' | 'file';
  content: string;
  /** How to use it: commands, or lines of code. */
  usage: readonly string[];
}

export type ClientConfigWriter = (input: ClientConfigInput) => ClientConfigFile;

export const keyOf = ({ apiKeyId }: ClientConfigInput): string => apiKeyId ?? KEY_PLACEHOLDER;

/** The lines of the certificates, and of nothing else that may stand in the file: they go into quotes of seven languages. */
export function certificateLines(pem: string): string[] {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g);
  invariant(certificates !== null, 'a CA has a certificate');
  return certificates.flatMap((each) => each.split(/\r?\n/).map((line) => line.trim()).filter(Boolean));
}

/** The first lines of every file, without marks of comment. */
export function opening(title: string, input: ClientConfigInput): string[] {
  const key = input.apiKeyId === null ? `Write the id of an API key of this cluster in place of ${KEY_PLACEHOLDER}.` : `With the API key ${input.apiKeyId}.`;
  return [`${title}, for the Kafka cluster ${input.clusterId}. ${key}`];
}

export const secretInEnvironment = [`The secret is not in here: it is read from the environment variable ${SECRET_VARIABLE}.`];
export const secretInFile = [`The secret is not in here: write it in place of ${SECRET_PLACEHOLDER}, and keep the file to yourself (chmod 600).`];

export function aboutTls({ caPem, caUrl }: Pick<ClientConfigInput, 'caPem' | 'caUrl'>): string[] {
  const authority = caPem === null ? 'the authorities that this machine trusts' : caUrl === null ? 'the authority that the cluster\'s owner names' : 'the authority of this installation';
  return [`TLS: brokers are checked against ${authority}, and their certificates against their host names.`];
}
/** These lines where there is an authority to name. */
export const withCa = (caPem: string | null, lines: (pem: string) => readonly string[]): readonly string[] => (caPem === null ? [] : lines(caPem));
export const aboutLogin = (mechanism: SaslMechanism): string[] => [mechanism === 'PLAIN'
  ? 'Login: PLAIN sends the secret to the broker, inside TLS. SCRAM-SHA-512 would not send it at all.'
  : 'Login: SCRAM proves to each other that both know the secret, without sending it.'];
export const aboutProducing = ['Producing: a record counts as written when every in-sync replica has it (with flush mode "ack": on its disk);', 'retries neither double nor reorder it.'];
export const aboutConsuming = ['Consuming: a group that has no offsets yet begins with the oldest record; otherwise it would skip what is there without a word.'];

export const comment = (mark: string, lines: readonly string[]): string[] => lines.map((line) => `${mark} ${line}`);
export const text = (...blocks: readonly (readonly string[])[]): string => `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`;
/** A literal of JavaScript, Python and Go alike, as long as it is ASCII. */
export const quoted = (value: string): string => JSON.stringify(value);
export const quotedList = (endpoints: string): string => endpoints.split(',').map(quoted).join(', ');
