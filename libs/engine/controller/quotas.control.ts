/** Decides AlterClientQuotas. Kafka's rules and texts; names of ip entities must be addresses, since nothing here resolves hosts. */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import { QuotaEntity, type ItemResult, type QuotaAlteration, type QuotaEntityPart } from './api.js';
import { itemError, OK, type Decision } from './control-result.js';
import { controllerLimits } from './controller.limits.js';
import type { ControllerImage } from './image.js';
import { isIpAddress } from './ip-address.js';
import { quotaKey } from './quotas.replay.js';

type Entity = ReadonlyMap<string, string | null>;
type NumberType = 'DOUBLE' | 'LONG' | 'INT';

const CLIENT_KEYS: ReadonlyMap<string, NumberType> = new Map([
  ['producer_byte_rate', 'LONG'], ['consumer_byte_rate', 'LONG'], ['request_percentage', 'DOUBLE'], ['controller_mutation_rate', 'DOUBLE'],
]);
const IP_KEYS: ReadonlyMap<string, NumberType> = new Map([['connection_creation_rate', 'INT']]);
const LARGEST: Record<NumberType, number> = { DOUBLE: Infinity, LONG: 2 ** 63, INT: 2 ** 31 - 1 };
const FRACTION_MAX = 1e-6;
const { user: USER, clientId: CLIENT_ID, ip: IP } = QuotaEntity;

const refusal = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_REQUEST, message);

/** Which keys the entity takes. */
function keysOf(entity: Entity): ReadonlyMap<string, NumberType> {
  if (entity.size === 0) throw refusal('Invalid empty client quota entity');
  for (const [type, name] of entity) {
    if (type !== USER && type !== CLIENT_ID && type !== IP) throw refusal(`Unhandled client quota entity type: ${type}`);
    if (name === '') throw refusal(`Empty ${type} not supported`);
    if (name !== null && name.length > controllerLimits.quotaNameCharsMax) throw refusal(`The name of a ${type} entity is longer than ${controllerLimits.quotaNameCharsMax} characters`);
  }
  if (!entity.has(IP)) return CLIENT_KEYS;
  if (entity.size > 1) throw refusal('Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId');
  const address = entity.get(IP)!;
  if (address !== null && !isIpAddress(address)) throw refusal(`${address} is not a valid IP or resolvable host.`);
  return IP_KEYS;
}

function checkValue(keys: ReadonlyMap<string, NumberType>, key: string, value: number): void {
  const type = keys.get(key);
  if (type === undefined) throw refusal(`Invalid configuration key ${key}`);
  if (!(value > 0)) throw refusal(`Quota ${key} must be greater than 0`);
  if (type === 'DOUBLE') return;
  if (value > LARGEST[type]) throw refusal(`Proposed value for ${key} is too large for ${type === 'INT' ? 'an INT' : 'a LONG'}.`);
  if (value % 1 > FRACTION_MAX) throw refusal(`${key} cannot be a fractional value.`);
}

function alterEntity(image: ControllerImage, entity: Entity, operations: ReadonlyMap<string, number | null>): MetadataRecord[] {
  const keys = keysOf(entity);
  const records: MetadataRecord[] = [];
  const parts = (): QuotaEntityPart[] => [...entity].map(([entityType, entityName]) => ({ entityType, entityName }));
  for (const [key, value] of operations) {
    const current = image.quotas.get(quotaKey(parts(), key));
    if (value === null) {
      if (current !== undefined) records.push(metadataRecord('ClientQuotaRecord', { entity: parts(), key, value: 0, remove: true }));
      continue;
    }
    checkValue(keys, key, value);
    if (current?.value !== value) records.push(metadataRecord('ClientQuotaRecord', { entity: parts(), key, value, remove: false }));
  }
  return records;
}

/** Of an entity named twice in one request the first counts, as of a type named twice in one entity the last does. */
export function decideAlterQuotas(image: ControllerImage, alterations: readonly QuotaAlteration[]): Decision<{ entity: QuotaEntityPart[]; result: ItemResult }[]> {
  const records: MetadataRecord[] = [];
  const answers = new Map<string, { entity: QuotaEntityPart[]; result: ItemResult }>();
  let count = image.quotas.size;
  for (const alteration of alterations) {
    const entity: Entity = new Map(alteration.entity.map(({ entityType, entityName }) => [entityType, entityName]));
    const parts = [...entity].map(([entityType, entityName]) => ({ entityType, entityName }));
    const name = quotaKey(parts, '');
    let result = OK;
    try {
      if (answers.has(name)) throw refusal(`Ignoring duplicate entity ClientQuotaEntity(entries={${[...entity].map(([type, own]) => `${type}=${own}`).join(', ')}})`);
      const operations = new Map<string, number | null>();
      for (const { key, value } of alteration.operations) {
        if (operations.has(key)) throw refusal(`Duplicate quota key ${key}.`);
        operations.set(key, value);
      }
      const decided = alterEntity(image, entity, operations);
      count += decided.filter((record) => record.type === 'ClientQuotaRecord' && !record.value.remove && !image.quotas.has(quotaKey(record.value.entity, record.value.key))).length;
      if (count > controllerLimits.quotasMax) throw new KafkaError(ErrorCode.POLICY_VIOLATION, `More than ${controllerLimits.quotasMax} quotas.`);
      if (records.length + decided.length > controllerLimits.recordsPerOperationMax) throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Too many quotas in one request.');
      records.push(...decided);
    } catch (error) {
      result = itemError(error);
    }
    answers.set(name, { entity: parts, result });
  }
  return { records, result: [...answers.values()] };
}
