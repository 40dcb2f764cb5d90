/** SCRAM users and delegation tokens. The platform's keys live in the principals' file instead; tokens are kept for Apache Kafka, which may have written them. */
import type { DelegationTokenRecord, RemoveDelegationTokenRecord, RemoveUserScramCredentialRecord, UserScramCredentialRecord } from '#libs/kafka/protocol';
import type { DeltaState } from './image-delta.js';

export const scramKey = (mechanism: number, name: string): string => `${mechanism}:${name}`;

/** The buffers are views of a whole read of the log: copied, so as not to hold it. */
export function replayScramUser(state: DeltaState, record: UserScramCredentialRecord): void {
  const { salt, storedKey, serverKey } = record;
  state.scramUsers.set(scramKey(record.mechanism, record.name), { ...record, salt: Buffer.from(salt), storedKey: Buffer.from(storedKey), serverKey: Buffer.from(serverKey) });
}

export function replayRemoveScramUser(state: DeltaState, record: RemoveUserScramCredentialRecord): void {
  state.scramUsers.delete(scramKey(record.mechanism, record.name));
}

export function replayToken(state: DeltaState, record: DelegationTokenRecord): void {
  state.tokens.set(record.tokenId, record);
}

export function replayRemoveToken(state: DeltaState, record: RemoveDelegationTokenRecord): void {
  state.tokens.delete(record.tokenId);
}
