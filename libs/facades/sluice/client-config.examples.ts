import { clientNames, DEFAULT_MECHANISM, writeClientConfig } from './client-config/index.js';

const caPem = '-----BEGIN CERTIFICATE-----\nMIIBrTCCAVOgAwIBAgIUTm90QVJlYWxDZXJ0aWZpY2F0ZTAK\n-----END CERTIFICATE-----\n';

/** Each file as the documents show it: written by the same writers. */
export const clientConfigExamples: Record<string, { summary: string; value: string }> = Object.fromEntries(clientNames.map((client) => {
  const { title, content } = writeClientConfig(client, {
    clusterId: 'lkc-7w3k9d2m', bootstrapEndpoint: 'localhost:20000', mechanism: DEFAULT_MECHANISM, apiKeyId: 'D9N8Y9WMGQP00GA4', caPem, caUrl: 'http://127.0.0.1:8080/ca.pem',
  });
  return [client, { summary: title, value: content }];
}));
