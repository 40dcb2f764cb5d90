/**
 * How fast connections may be made (KIP-612): by broker and listener they wait for their turn, one after another as Kafka's acceptor does it;
 * an address beyond its own rate is let wait and then closed. At most so many wait; without a rate nothing here runs.
 */
import type { Clock } from '#libs/kernel';
import { canonicalIp, QuotaEntity, type Controller, type MetadataImage } from '../../controller/index.js';
import { QUOTA_LIMITS } from './quotas.limits.js';
import { createSensors } from './sensors.js';
import { createWindowedRate, throttleTimeMs, type RateWindow } from './windowed-rate.js';

export interface ConnectionRatesOptions {
  clock: Clock;
  controller: { readonly image: MetadataImage; onImage: Controller['onImage'] };
  window: RateWindow;
  /** `max.connection.creation.rate` of the broker (null) or of a listener, as set now; null where there is none. */
  rateOf(listenerName: string | null): number | null;
}

/** Null: come in. Otherwise wait so long and come in, or wait and be closed. */
export type Admission = { delayMs: number; refused: string | null; /** It waits no more; said again, it means nothing. */ release(): void } | null;

export interface ConnectionRates {
  /** `privileged`: the listener between brokers doesn't count for the broker's rate. */
  admit(listenerName: string, address: string, privileged: boolean): Admission;
}

const CREATION_RATE = 'connection_creation_rate';

function readIpRates(quotas: MetadataImage['quotas']): ReadonlyMap<string | null, number> {
  const rates = new Map<string | null, number>();
  for (const { entity, key, value } of quotas.values()) {
    if (key !== CREATION_RATE || entity[0]?.entityType !== QuotaEntity.ip) continue;
    const { entityName } = entity[0];
    rates.set(entityName === null ? null : canonicalIp(entityName) ?? entityName, value);
  }
  return rates;
}

export function createConnectionRates({ clock, controller, window, rateOf }: ConnectionRatesOptions): ConnectionRates {
  const sensors = createSensors(() => createWindowedRate(window));
  const nextMs = new Map<string, number>();
  let ipRates = readIpRates(controller.image.quotas);
  let held = 0;
  let brokerRate: number | null = null;
  const listenerRates = new Map<string, number | null>();
  let image: MetadataImage | null = null;

  /** Rates are looked up once an image: settings change by it. */
  const refresh = (): void => {
    if (image === controller.image) return;
    if (image?.quotas !== controller.image.quotas) ipRates = readIpRates(controller.image.quotas);
    image = controller.image;
    brokerRate = rateOf(null);
    listenerRates.clear();
  };
  const listenerRate = (name: string): number | null => {
    let rate = listenerRates.get(name);
    if (rate === undefined) listenerRates.set(name, rate = rateOf(name));
    return rate;
  };
  const record = (name: string, bound: number | null, nowMs: number): number => {
    if (bound === null) return 0;
    const sensor = sensors.get(name, nowMs);
    sensor.record(1, nowMs);
    return throttleTimeMs(sensor, bound, nowMs, window.sampleMs);
  };
  const hold = (delayMs: number, refused: string | null): Admission => {
    if (delayMs <= 0 && refused === null) return null;
    if (held >= QUOTA_LIMITS.heldConnectionsMax) return { delayMs: 0, refused: refused ?? 'max.connection.creation.rate', release: () => undefined };
    held++;
    let waiting = true;
    return {
      delayMs, refused,
      release() {
        if (waiting) held--;
        waiting = false;
      },
    };
  };

  return {
    admit(listenerName, address, privileged) {
      refresh();
      const ownRate = listenerRate(listenerName);
      const ipRate = ipRates.size === 0 ? null : ipRates.get(canonicalIp(address) ?? address) ?? ipRates.get(null) ?? null;
      const sharedRate = privileged ? null : brokerRate;
      if (ownRate === null && ipRate === null && sharedRate === null) return null;
      const nowMs = Math.floor(clock.monotonic());
      const turnMs = Math.max(nowMs, nextMs.get(listenerName) ?? 0);
      const waitMs = Math.max(record('broker', sharedRate, turnMs), record(`listener ${listenerName}`, ownRate, turnMs));
      if (waitMs > 0 && held < QUOTA_LIMITS.heldConnectionsMax) nextMs.set(listenerName, turnMs + waitMs);
      if (ipRate !== null) {
        const atMs = turnMs + waitMs;
        const ipWaitMs = record(`ip ${address}`, ipRate, atMs);
        if (ipWaitMs > 0) {
          // Not let in, so not counted.
          sensors.get(`ip ${address}`, atMs).record(-1, atMs);
          return hold(atMs - nowMs + ipWaitMs, CREATION_RATE);
        }
      }
      return hold(turnMs + waitMs - nowMs, null);
    },
  };
}
