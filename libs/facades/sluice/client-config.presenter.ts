import type { ClientConnection } from '#libs/control/application/data-plane';
import type { ClientConfigDto } from './client-config.dto.js';
import { SECRET_PLACEHOLDER, SECRET_VARIABLE, type ClientConfigFile, type ClientName, type SaslMechanism } from './client-config/index.js';
import { paths, SLUICE_V1 } from './paths.js';

export interface PresentedClientConfig { client: ClientName; mechanism: SaslMechanism; connection: ClientConnection; file: ClientConfigFile }

export function presentClientConfig({ client, mechanism, connection, file }: PresentedClientConfig, baseUrl: string): ClientConfigDto {
  const { clusterId, bootstrapEndpoint, apiKeyId } = connection;
  const key = apiKeyId === null ? '' : `&key=${apiKeyId}`;
  return {
    api_version: SLUICE_V1, kind: 'ClientConfig', metadata: { self: `${baseUrl}${paths.clientConfig(clusterId, client)}&mechanism=${mechanism}${key}` },
    cluster_id: clusterId, client, title: file.title, bootstrap_endpoint: bootstrapEndpoint, mechanism, api_key_id: apiKeyId,
    secret: { from: file.secretFrom, name: file.secretFrom === 'environment' ? SECRET_VARIABLE : SECRET_PLACEHOLDER },
    filename: file.filename, language: file.language, content: file.content, usage: [...file.usage],
  };
}
