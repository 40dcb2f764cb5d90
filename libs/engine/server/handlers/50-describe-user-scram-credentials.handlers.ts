/** DescribeUserScramCredentials 0 (KIP-554). Needs DESCRIBE on the cluster. No names, or null: all users. Tells mechanisms and iterations, never a key. */
import { DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse, ErrorCode, type Draft } from '#libs/kafka/protocol';
import { AclOperation, type MetadataImage, type ScramCredentialImage } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

type Result = Draft<DescribeUserScramCredentialsResponse['results'][number]>;

function byUser(image: MetadataImage): Map<string, ScramCredentialImage[]> {
  const users = new Map<string, ScramCredentialImage[]>();
  for (const credential of [...image.scramUsers.values()].sort((a, b) => a.mechanism - b.mechanism)) {
    const known = users.get(credential.name);
    if (known === undefined) users.set(credential.name, [credential]);
    else known.push(credential);
  }
  return users;
}

function resultOf(user: string, credentials: readonly ScramCredentialImage[] | undefined, mentions: number): Result {
  if (mentions > 1) {
    return { user, errorCode: ErrorCode.DUPLICATE_RESOURCE, errorMessage: `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`, credentialInfos: [] };
  }
  if (credentials === undefined) {
    return { user, errorCode: ErrorCode.RESOURCE_NOT_FOUND, errorMessage: `Attempt to describe a user credential that does not exist: ${user}`, credentialInfos: [] };
  }
  return { user, errorCode: ErrorCode.NONE, errorMessage: null, credentialInfos: credentials.map(({ mechanism, iterations }) => ({ mechanism, iterations })) };
}

export function createDescribeUserScramCredentialsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>({
    apiKey: 50, request: DescribeUserScramCredentialsRequest, response: DescribeUserScramCredentialsResponse, minVersion: 0, maxVersion: 0,
    handle(context, request): Draft<DescribeUserScramCredentialsResponse> {
      if (!mayCluster(deps, context, AclOperation.describe)) return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, errorMessage: 'Cluster authorization failed.', results: [] };
      const users = byUser(deps.controller.image);
      const mentions = new Map<string, number>();
      for (const { name } of request.users ?? []) mentions.set(name, (mentions.get(name) ?? 0) + 1);
      if (mentions.size === 0) for (const name of [...users.keys()].sort()) mentions.set(name, 1);
      return { errorCode: ErrorCode.NONE, errorMessage: null, results: [...mentions].map(([name, count]) => resultOf(name, users.get(name), count)) };
    },
  });
}
