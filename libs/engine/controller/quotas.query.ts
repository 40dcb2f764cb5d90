/** Which quotas a filter of DescribeClientQuotas means. Every component must fit; `strict` leaves no part of an entity unnamed. */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { QuotaEntity, type MetadataImage, type QuotaEntityPart } from './api.js';
import { quotaKey } from './quotas.replay.js';

export interface QuotaFilterComponent { entityType: string; matchType: number; match: string | null }
export interface EntityQuotas { entity: readonly QuotaEntityPart[]; values: { key: string; value: number }[] }

const MatchType = { exact: 0, default: 1, specified: 2 } as const;
const KNOWN: ReadonlySet<string> = new Set(Object.values(QuotaEntity));

interface Filter { exact: Map<string, string | null>; specified: Set<string> }

function readFilter(components: readonly QuotaFilterComponent[]): Filter {
  const refuse = (message: string): never => { throw new KafkaError(ErrorCode.INVALID_REQUEST, message); };
  const filter: Filter = { exact: new Map(), specified: new Set() };
  for (const { entityType, matchType, match } of components) {
    if (entityType === '') refuse('Invalid empty entity type.');
    if (filter.exact.has(entityType) || filter.specified.has(entityType)) refuse(`Entity type ${entityType} cannot appear more than once in the filter.`);
    if (!KNOWN.has(entityType)) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION, `Unsupported entity type ${entityType}`);
    if (matchType === MatchType.exact) {
      if (match === null) refuse('Request specified MATCH_TYPE_EXACT, but set match string to null.');
      filter.exact.set(entityType, match);
    } else if (matchType === MatchType.default) {
      if (match !== null) refuse('Request specified MATCH_TYPE_DEFAULT, but also specified a match string.');
      filter.exact.set(entityType, null);
    } else if (matchType === MatchType.specified) {
      if (match !== null) refuse('Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.');
      filter.specified.add(entityType);
    } else refuse(`Unknown match type ${matchType}`);
  }
  const names = [...filter.exact.keys(), ...filter.specified];
  if (names.includes(QuotaEntity.ip) && names.length > 1) {
    refuse('Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.');
  }
  return filter;
}

export function describeQuotas(image: Pick<MetadataImage, 'quotas'>, components: readonly QuotaFilterComponent[], strict: boolean): EntityQuotas[] {
  const { exact, specified } = readFilter(components);
  const found = new Map<string, EntityQuotas>();
  for (const { entity, key, value } of image.quotas.values()) {
    if (strict && entity.length !== exact.size + specified.size) continue;
    const nameOf = (type: string): string | null | undefined => entity.find((part) => part.entityType === type)?.entityName;
    if (![...exact].every(([type, name]) => nameOf(type) === name) || ![...specified].every((type) => nameOf(type) !== undefined)) continue;
    const id = quotaKey(entity, '');
    const known = found.get(id);
    if (known === undefined) found.set(id, { entity, values: [{ key, value }] });
    else known.values.push({ key, value });
  }
  return [...found.keys()].sort().map((id) => found.get(id)!);
}
