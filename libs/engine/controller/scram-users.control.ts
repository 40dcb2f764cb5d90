/** Decides AlterUserScramCredentials. Clients send salted passwords; what is stored is what a server needs to check a proof (RFC 5802 §3). */
import { createHash, createHmac } from 'node:crypto';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import { ScramMechanismId, type ItemResult, type ScramDeletion, type ScramUpsertion } from './api.js';
import { itemError, OK, type Decision } from './control-result.js';
import { controllerLimits } from './controller.limits.js';
import { scramKey } from './credentials.replay.js';
import type { ControllerImage } from './image.js';

const DIGEST: ReadonlyMap<number, string> = new Map([[ScramMechanismId.sha256, 'sha256'], [ScramMechanismId.sha512, 'sha512']]);
const ITERATIONS_MIN = 4_096;
const ITERATIONS_MAX = 16_384;

const unacceptable = (message: string): KafkaError => new KafkaError(ErrorCode.UNACCEPTABLE_CREDENTIAL, message);

function checkName(name: string, mechanism: number): void {
  if (name === '') throw unacceptable('Username must not be empty');
  if (!DIGEST.has(mechanism)) throw new KafkaError(ErrorCode.UNSUPPORTED_SASL_MECHANISM, 'Unknown SCRAM mechanism');
}

function remove(image: ControllerImage, { name, mechanism }: ScramDeletion): MetadataRecord {
  checkName(name, mechanism);
  if (!image.scramUsers.has(scramKey(mechanism, name))) throw new KafkaError(ErrorCode.RESOURCE_NOT_FOUND, 'Attempt to delete a user credential that does not exist');
  return metadataRecord('RemoveUserScramCredentialRecord', { name, mechanism });
}

function upsert(upsertion: ScramUpsertion, isReserved: (name: string) => boolean): MetadataRecord {
  const { name, mechanism, iterations, salt, saltedPassword } = upsertion;
  checkName(name, mechanism);
  if (iterations < ITERATIONS_MIN) throw unacceptable('Too few iterations');
  if (iterations > ITERATIONS_MAX) throw unacceptable('Too many iterations');
  if (name.length > controllerLimits.scramNameCharsMax) throw unacceptable(`Username is longer than ${controllerLimits.scramNameCharsMax} characters`);
  const hash = DIGEST.get(mechanism)!;
  if (salt.length > controllerLimits.scramSaltBytesMax) throw unacceptable(`Salt is longer than ${controllerLimits.scramSaltBytesMax} bytes`);
  if (saltedPassword.length === 0) throw unacceptable('Salted password must not be empty');
  if (saltedPassword.length > controllerLimits.scramSaltedPasswordBytesMax) throw unacceptable(`Salted password is longer than ${controllerLimits.scramSaltedPasswordBytesMax} bytes`);
  if (isReserved(name)) throw unacceptable(`${name} is a key, a principal or a super user of the platform: choose another name`);
  const storedKey = createHash(hash).update(createHmac(hash, saltedPassword).update('Client Key').digest()).digest();
  const serverKey = createHmac(hash, saltedPassword).update('Server Key').digest();
  return metadataRecord('UserScramCredentialRecord', { name, mechanism, salt: Buffer.from(salt), storedKey, serverKey, iterations });
}

const TWICE: ItemResult = { errorCode: ErrorCode.DUPLICATE_RESOURCE, errorMessage: 'A user credential cannot be altered twice in the same request' };

/** `isReserved`: names that belong to the platform's principals, which no user may take. One answer a user; one named twice is not altered at all. */
export function decideAlterScramUsers(
  image: ControllerImage, deletions: readonly ScramDeletion[], upsertions: readonly ScramUpsertion[], isReserved: (name: string) => boolean,
): Decision<{ user: string; result: ItemResult }[]> {
  const decided = new Map<string, { record: MetadataRecord | null; result: ItemResult }>();
  let count = image.scramUsers.size;
  const decide = (name: string, make: () => MetadataRecord): void => {
    const before = decided.get(name);
    if (before !== undefined) {
      if (before.record !== null) decided.set(name, { record: null, result: TWICE });
      return;
    }
    try {
      decided.set(name, { record: make(), result: OK });
    } catch (error) {
      decided.set(name, { record: null, result: itemError(error) });
    }
  };
  for (const deletion of deletions) decide(deletion.name, () => remove(image, deletion));
  for (const upsertion of upsertions) {
    decide(upsertion.name, () => {
      const record = upsert(upsertion, isReserved);
      if (!image.scramUsers.has(scramKey(upsertion.mechanism, upsertion.name)) && ++count > controllerLimits.scramUsersMax) {
        throw new KafkaError(ErrorCode.POLICY_VIOLATION, `More than ${controllerLimits.scramUsersMax} SCRAM credentials.`);
      }
      return record;
    });
  }
  const records = [...decided.values()].flatMap(({ record }) => (record === null ? [] : [record]));
  if (records.length > controllerLimits.recordsPerOperationMax) throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Too many credentials in one request.');
  return { records, result: [...decided].map(([user, { result }]) => ({ user, result })) };
}
