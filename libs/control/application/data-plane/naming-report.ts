/** Which topics of a cluster don't follow its environment's naming policy. Asked of the cluster itself, with the caller's rights; nothing is changed. */
import { controlLimits, ControlFailure, evaluateName, judgeName, notFound, parsePage, requireCloudKey, type Caller, type CheckedName, type CompiledNamingPolicy, type NamingPolicy, type Page, type PageRequest } from '#libs/control/domain';
import { listTopics } from '#libs/kafka/client';
import type { DataPlaneConnections } from './connections.js';

export interface NamingReport {
  environmentId: string;
  policy: NamingPolicy;
  topicsCount: number;
  /** Exempt ones too. */
  fittingCount: number;
  /** In the order of their names. */
  misfits: Page<CheckedName>;
}

export interface NamingReportUseCases {
  /** Not found while the environment has no policy. */
  report(caller: Caller, clusterId: string, page: PageRequest): Promise<NamingReport>;
}

/** In turns: other tenants' requests wait for none of these. */
async function misfitsAmong(compiled: CompiledNamingPolicy, names: readonly string[]): Promise<string[]> {
  const misfits: string[] = [];
  for (const [index, name] of names.entries()) {
    if (!evaluateName(compiled, name).fits) misfits.push(name);
    if (index % NAMES_IN_A_TURN === NAMES_IN_A_TURN - 1) await new Promise((resolve) => { setImmediate(resolve); });
  }
  return misfits;
}

const NAMES_IN_A_TURN = 20;

/** Of a list by name: the last name that was shown. */
function parseNameToken(token: string | undefined): string | null {
  if (token === undefined) return null;
  const name = /^[A-Za-z0-9_-]{1,400}$/.test(token) ? Buffer.from(token, 'base64url').toString('utf8') : '';
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name)) throw new ControlFailure('invalid_page_token', 'page_token is not one that this platform gave out', { source: { parameter: 'page_token' } });
  return name;
}

export function createNamingReportUseCases(connections: DataPlaneConnections): NamingReportUseCases {
  return {
    async report(caller, clusterId, page) {
      requireCloudKey(caller);
      const { limit } = parsePage({ pageSize: page.pageSize });
      const after = parseNameToken(page.pageToken);
      const { access, client } = await connections.open(caller, clusterId);
      const compiled = await connections.namingPolicy(access);
      if (compiled === null) throw notFound('the naming policy of environment', access.environmentId);
      const names = (await listTopics(client)).filter((topic) => !topic.isInternal).map((topic) => topic.name).sort();
      const misfits = await misfitsAmong(compiled, names);
      const rest = after === null ? misfits : misfits.filter((name) => name > after);
      const shown = rest.slice(0, limit);
      return {
        environmentId: access.environmentId, policy: compiled.policy, topicsCount: names.length, fittingCount: names.length - misfits.length,
        misfits: {
          items: shown.map((name) => judgeName(compiled, name)), pageSize: limit,
          nextPageToken: rest.length > limit ? Buffer.from(shown[shown.length - 1], 'utf8').toString('base64url') : null,
          totalSize: misfits.length > controlLimits.totalCountMax ? null : misfits.length,
        },
      };
    },
  };
}
