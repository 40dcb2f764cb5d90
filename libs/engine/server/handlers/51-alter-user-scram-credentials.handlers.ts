/**
 * AlterUserScramCredentials 0 (KIP-554). Needs ALTER on the cluster. The client sends a salted password; the controller keeps the keys made
 * from it. Names of the platform's keys, principals and super users are refused: nobody becomes them by this call.
 */
import { AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

export function createAlterUserScramCredentialsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>({
    apiKey: 51, request: AlterUserScramCredentialsRequest, response: AlterUserScramCredentialsResponse, minVersion: 0, maxVersion: 0,
    async handle(context, request): Promise<Draft<AlterUserScramCredentialsResponse>> {
      const refuse = (errorCode: ErrorCode, errorMessage: string): Draft<AlterUserScramCredentialsResponse> =>
        ({ results: [...new Set([...request.deletions, ...request.upsertions].map(({ name }) => name))].map((user) => ({ user, errorCode, errorMessage })) });
      if (!mayCluster(deps, context, AclOperation.alter)) return refuse(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Cluster authorization failed.');
      try {
        const answers = await deps.controller.alterScramUsers(request.deletions, request.upsertions, deps.principals.isReserved);
        return { results: answers.map(({ user, result }) => ({ user, ...result })) };
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return refuse(error.code, error.message);
      }
    },
  });
}
