/** The texts exactly; that clients take them is shown by `npm run compat:client-config`. */
import { clientNames, saslMechanisms, SECRET_PLACEHOLDER, SECRET_VARIABLE, writeClientConfig, type ClientConfigInput } from './index.js';

const input: ClientConfigInput = {
  clusterId: 'lkc-7w3k9d2m', bootstrapEndpoint: 'localhost:20000', mechanism: 'SCRAM-SHA-512', apiKeyId: 'D9N8Y9WMGQP00GA4', caUrl: 'http://127.0.0.1:8080/ca.pem',
  caPem: 'subject=`"""${x}\n-----BEGIN CERTIFICATE-----\r\nMIIB+a/b\r\nQ==\r\n-----END CERTIFICATE-----\r\n',
};
const write = (client: (typeof clientNames)[number], more: Partial<ClientConfigInput> = {}): string => writeClientConfig(client, { ...input, ...more }).content;

/** As java.util.Properties reads: lines that end in a backslash go on, `\n` is a line break. */
function readProperties(text: string): Map<string, string> {
  const lines = text.replace(/\\\n\s*/g, '').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).replaceAll('\\n', '\n')]));
}
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB+a/b\nQ==\n-----END CERTIFICATE-----';

describe('java', () => {
  it('is properties with the CA in them and the secret from the environment', () => {
    expect(Object.fromEntries(readProperties(write('java')))).toEqual({
      'bootstrap.servers': 'localhost:20000', 'security.protocol': 'SASL_SSL', 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': CERTIFICATE, 'sasl.mechanism': 'SCRAM-SHA-512',
      'config.providers': 'env', 'config.providers.env.class': 'org.apache.kafka.common.config.provider.EnvVarConfigProvider', 'config.providers.env.param.allowlist.pattern': 'SLUICE_API_SECRET',
      'sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required username="D9N8Y9WMGQP00GA4" password="${env:SLUICE_API_SECRET}";',
      'acks': 'all', 'enable.idempotence': 'true', 'auto.offset.reset': 'earliest',
    });
    expect(write('java')).toContain('ssl.truststore.certificates=-----BEGIN CERTIFICATE-----\\n\\\n  MIIB+a/b\\n\\\n  Q==\\n\\\n  -----END CERTIFICATE-----\n');
  });
  it('has the login module of its mechanism', () => {
    expect(write('java', { mechanism: 'PLAIN' })).toContain('=org.apache.kafka.common.security.plain.PlainLoginModule required');
    expect(write('java', { mechanism: 'SCRAM-SHA-256' })).toContain('sasl.mechanism=SCRAM-SHA-256\n');
  });
});

describe('librdkafka and kcat', () => {
  it('are lines with the CA in a file, and a placeholder for the secret', () => {
    const common = {
      'bootstrap.servers': 'localhost:20000', 'security.protocol': 'SASL_SSL', 'ssl.ca.location': 'sluice-ca.pem', 'sasl.mechanisms': 'SCRAM-SHA-512', 'sasl.username': 'D9N8Y9WMGQP00GA4', 'sasl.password': '<API_SECRET>',
      'acks': 'all', 'enable.idempotence': 'true', 'auto.offset.reset': 'earliest',
    };
    expect(Object.fromEntries(readProperties(write('kcat')))).toEqual(common);
    expect(Object.fromEntries(readProperties(write('librdkafka')))).toEqual({ ...common, 'ssl.endpoint.identification.algorithm': 'https' });
    for (const client of ['kcat', 'librdkafka'] as const) {
      const { content, filename, usage: [take] } = writeClientConfig(client, input);
      expect(take).toBe(`sed -n 's/^#ca //p' ${filename} > sluice-ca.pem`);
      expect(content).toContain(`: ${take}\n`);
      expect(content.split('\n').filter((line) => line.startsWith('#ca ')).map((line) => line.slice(4)).join('\n')).toBe(CERTIFICATE);
    }
  });
  it('has no line that kcat would read in two', () => {
    for (const line of write('kcat').split('\n')) expect(line.length).toBeLessThan(400);
  });
});

describe('programs', () => {
  it('kafkajs: a module', () => {
    const content = write('kafkajs', { bootstrapEndpoint: 'a:1,b:2' });
    expect(content).toContain(`const ca = \`\n${CERTIFICATE}\n\`;\n`);
    expect(content).toContain('export const kafka = new kafkajs.Kafka({\n  brokers: ["a:1", "b:2"],\n  ssl: { ca: [ca] },\n  sasl: { mechanism: "scram-sha-512", username: "D9N8Y9WMGQP00GA4", password: secret },\n});\n');
  });
  it('Python: a module', () => {
    const content = write('python');
    expect(content).toContain(`CA = """\n${CERTIFICATE}\n"""\n`);
    expect(content).toContain('    "sasl.username": "D9N8Y9WMGQP00GA4",\n    "sasl.password": os.environ["SLUICE_API_SECRET"],\n}\n');
  });
  it.each([['PLAIN', 'sasl/plain"', 'plain.Auth', 'AsMechanism'], ['SCRAM-SHA-256', 'sasl/scram"', 'scram.Auth', 'AsSha256Mechanism'], ['SCRAM-SHA-512', 'sasl/scram"', 'scram.Auth', 'AsSha512Mechanism']] as const)('Go: a package, with %s', (mechanism, imported, auth, made) => {
    const content = write('go', { mechanism });
    expect(content).toContain(`const authority = \`\n${CERTIFICATE}\n\`\n`);
    expect(content).toContain(`\t"github.com/twmb/franz-go/pkg/${imported}\n)`);
    expect(content).toContain(`\t\tkgo.SASL(${auth}{User: "D9N8Y9WMGQP00GA4", Pass: secret}.${made}()),\n`);
  });
  it('Spring: YAML with the CA as a block, and a login that Spring fills in', () => {
    const content = write('spring');
    expect(content).toContain(`      trust-store-certificates: |\n${CERTIFICATE.split('\n').map((line) => `        ${line}`).join('\n')}\n`);
    expect(content).toContain('      sasl.jaas.config: \'org.apache.kafka.common.security.scram.ScramLoginModule required username="D9N8Y9WMGQP00GA4" password="${SLUICE_API_SECRET}";\'\n');
  });
});

describe.each(clientNames)('%s', (client) => {
  const file = writeClientConfig(client, input);
  it('says where the secret comes from, and has nothing of the CA but its certificates', () => {
    expect(file.content).toContain(file.secretFrom === 'environment' ? SECRET_VARIABLE : SECRET_PLACEHOLDER);
    expect(file.content.includes(SECRET_PLACEHOLDER)).toBe(file.secretFrom === 'file');
    expect(file.content).not.toMatch(/subject=|\r|undefined|null|[^\n -~\t]/);
    expect(file.content.endsWith('\n') && !file.content.endsWith('\n\n')).toBe(true);
    expect(file.filename).toMatch(/^[a-z_-]+\.[a-z]+$/);
    expect(file.usage.length).toBeGreaterThan(1);
  });
  it.each(saslMechanisms)('speaks %s', (mechanism) => {
    expect(write(client, { mechanism })).not.toBe(write(client, { mechanism: mechanism === 'PLAIN' ? 'SCRAM-SHA-256' : 'PLAIN' }));
  });
  it('has a placeholder where no key is named', () => {
    const content = write(client, { apiKeyId: null });
    expect(content).not.toContain('D9N8Y9WMGQP00GA4');
    expect(content.match(/<API_KEY>/g)).toHaveLength(2);
  });
});

it.each(clientNames)('%s has no file with a CA that is none', (client) => {
  expect(() => write(client, { caPem: 'no certificate' })).toThrow('a CA has a certificate');
});

describe('a cluster whose certificates are by an authority that machines trust', () => {
  it.each(clientNames)('%s names none', (client) => {
    const { content, usage } = writeClientConfig(client, { ...input, caPem: null, caUrl: null });
    expect(content).not.toMatch(/BEGIN CERTIFICATE|truststore|trust-store|ssl\.ca\.pem|sluice-ca|x509|const ca/);
    expect(content).toContain('the authorities that this machine trusts');
    expect(usage.join('\n')).not.toContain('sed');
  });
  it.each(clientNames)('%s names that of the cluster\'s owner, and no place of ours to fetch it', (client) => {
    const { content } = writeClientConfig(client, { ...input, caUrl: null });
    expect(content).toContain('the authority that the cluster\'s owner names');
    expect(content).not.toContain('/ca.pem');
  });
});
