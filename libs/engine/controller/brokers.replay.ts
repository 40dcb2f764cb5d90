/** Registrations of brokers and controllers, and changes of them. */
import { invariant } from '#libs/kernel';
import type { BrokerRegistrationChangeRecord, FenceBrokerRecord, RegisterBrokerRecord, RegisterControllerRecord, UnregisterBrokerRecord } from '#libs/kafka/protocol';
import type { DeltaState } from './image-delta.js';
import { endpointsOf, type BrokerState } from './image.js';

export function replayRegisterBroker(state: DeltaState, record: RegisterBrokerRecord): void {
  state.brokers.set(record.brokerId, {
    nodeId: record.brokerId, rack: record.rack, epoch: record.brokerEpoch, incarnationId: record.incarnationId, fenced: record.fenced,
    inControlledShutdown: record.inControlledShutdown, endpoints: endpointsOf(record), registration: record,
  });
}

export function replayUnregisterBroker(state: DeltaState, record: UnregisterBrokerRecord): void {
  state.brokers.delete(record.brokerId);
}

function registered(state: DeltaState, brokerId: number, epoch: number): BrokerState {
  const broker = state.brokers.get(brokerId);
  invariant(broker !== undefined && broker.epoch === epoch, `a change of broker ${brokerId} at epoch ${epoch}, which isn't registered`);
  return broker;
}

/** Fenced and InControlledShutdown: 1 sets, −1 clears, 0 leaves. */
export function replayBrokerRegistrationChange(state: DeltaState, record: BrokerRegistrationChangeRecord): void {
  const broker = registered(state, record.brokerId, record.brokerEpoch);
  const fenced = record.fenced === 0 ? broker.fenced : record.fenced > 0;
  const inControlledShutdown = record.inControlledShutdown === 0 ? broker.inControlledShutdown : record.inControlledShutdown > 0;
  state.brokers.set(record.brokerId, {
    ...broker, fenced, inControlledShutdown,
    registration: {
      ...broker.registration, fenced, inControlledShutdown,
      logDirs: record.logDirs.length > 0 ? record.logDirs : broker.registration.logDirs,
      cordonedLogDirs: record.cordonedLogDirs ?? broker.registration.cordonedLogDirs,
    },
  });
}

export function replayFence(state: DeltaState, record: FenceBrokerRecord, fenced: boolean): void {
  const broker = registered(state, record.id, record.epoch);
  state.brokers.set(record.id, { ...broker, fenced, registration: { ...broker.registration, fenced } });
}

export function replayRegisterController(state: DeltaState, record: RegisterControllerRecord): void {
  state.controllers.set(record.controllerId, record);
}
