/**
 * Quotas of one key by whom they are for, and which one counts for a user and a client id: the most particular one. What a quota is counted
 * under follows from its level: a user's is shared by its clients, a client id's by its users, one of both is for the pair.
 */
import { createHash } from 'node:crypto';
import { QuotaEntity, type QuotaImage } from '../../controller/index.js';
import { QUOTA_LIMITS } from './quotas.limits.js';

export interface QuotaLimit { bound: number; countedAs: string }

export interface QuotaTable {
  readonly size: number;
  limitOf(user: string, clientId: string): QuotaLimit | null;
}

const short = (name: string): string => (name.length <= QUOTA_LIMITS.sensorNameCharsMax ? name : createHash('sha256').update(name).digest('base64'));
/** Unlike for unlike pairs; `null` is everybody's. */
const keyOf = (user: string | null | undefined, clientId: string | null | undefined): string => JSON.stringify([user === undefined ? 0 : user, clientId === undefined ? 0 : clientId]);

export function buildQuotaTable(quotas: Iterable<QuotaImage>, key: string): QuotaTable {
  const bounds = new Map<string, number>();
  for (const quota of quotas) {
    if (quota.key !== key || quota.entity.some(({ entityType }) => entityType === QuotaEntity.ip)) continue;
    const nameOf = (type: string): string | null | undefined => quota.entity.find(({ entityType }) => entityType === type)?.entityName;
    bounds.set(keyOf(nameOf(QuotaEntity.user), nameOf(QuotaEntity.clientId)), quota.value);
  }
  return {
    size: bounds.size,
    limitOf(user, clientId) {
      const pair = (): string => `both ${keyOf(short(user), short(clientId))}`;
      const ofUser = (): string => `user ${short(user)}`;
      const ofClient = (): string => `client ${short(clientId)}`;
      const levels: readonly [string, () => string][] = [
        [keyOf(user, clientId), pair], [keyOf(user, null), pair], [keyOf(user, undefined), ofUser], [keyOf(null, clientId), pair],
        [keyOf(null, null), pair], [keyOf(null, undefined), ofUser], [keyOf(undefined, clientId), ofClient], [keyOf(undefined, null), ofClient],
      ];
      if (bounds.size === 0) return null;
      for (const [level, countedAs] of levels) {
        const bound = bounds.get(level);
        if (bound !== undefined) return { bound, countedAs: countedAs() };
      }
      return null;
    },
  };
}
