/**
 * ApiVersions 0-4. Lists what this broker serves: the ranges of its handlers and the features that clients act upon. Works before
 * authentication. A version above the range is answered by the connection in version 0 with error 35. v3 (KIP-511): client software name
 * and version, flexible body; features in tags (KIP-584). v4: features whose minimum is 0 are listed too.
 */
import { ApiVersionsRequest, ApiVersionsResponse, ErrorCode, type Draft } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';

const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

/**
 * Features that change nothing which a client does, with the lowest level we take. Those that would make it use what isn't served yet
 * (transaction.version, group.version, share.version …) are left out.
 */
const LISTED_FEATURES: ReadonlyMap<string, number> = new Map([['metadata.version', 7], ['kraft.version', 0]]);

type Row = ApiVersionsResponse['apiKeys'][number];

const rowOf = ({ apiKey, minVersion, maxVersion }: ApiHandler): Row => ({ apiKey, minVersion, maxVersion });

function features(image: ServerDeps['controller']['image'], apiVersion: number): Pick<Draft<ApiVersionsResponse>, 'supportedFeatures' | 'finalizedFeatures' | 'finalizedFeaturesEpoch'> {
  const levels = [...LISTED_FEATURES].flatMap(([name, minVersion]) => {
    const level = image.features.get(name);
    return level === undefined ? [] : [{ name, minVersion, level }];
  });
  return {
    supportedFeatures: levels.filter(({ minVersion }) => apiVersion >= 4 || minVersion > 0).map(({ name, minVersion, level }) => ({ name, minVersion, maxVersion: level })),
    finalizedFeatures: levels.filter(({ level }) => level > 0).map(({ name, level }) => ({ name, minVersionLevel: level, maxVersionLevel: level })),
    finalizedFeaturesEpoch: image.offset,
  };
}

/** What a client of an unknown later version gets, in version 0: enough to ask again. */
export function unsupportedApiVersionsResponse(handlers: Iterable<ApiHandler>): Draft<ApiVersionsResponse> {
  return { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys: [...handlers].filter(({ apiKey }) => apiKey === ApiVersionsRequest.apiKey).map(rowOf) };
}

export function createApiVersionsHandler(deps: Pick<ServerDeps, 'controller'>, handlers: () => Iterable<ApiHandler>): ApiHandler {
  return defineHandler({
    apiKey: ApiVersionsRequest.apiKey, request: ApiVersionsRequest, response: ApiVersionsResponse, minVersion: 0, maxVersion: 4,
    handle({ apiVersion, listenerName }, request): Draft<ApiVersionsResponse> {
      if (apiVersion >= 3 && !(SOFTWARE.test(request.clientSoftwareName) && SOFTWARE.test(request.clientSoftwareVersion))) {
        return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] };
      }
      const apiKeys = [...handlers()].filter(({ listener }) => listener === undefined || listener === listenerName).map(rowOf).sort((a, b) => a.apiKey - b.apiKey);
      return { errorCode: ErrorCode.NONE, apiKeys, ...(apiVersion >= 3 ? features(deps.controller.image, apiVersion) : {}) };
    },
  });
}
