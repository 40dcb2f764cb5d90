/** What is counted, by name: so many and no more, forgotten after an hour without use. A name's use puts it at the end of the map. */
import { QUOTA_LIMITS } from './quotas.limits.js';

export interface Sensors<T> {
  get(name: string, nowMs: number): T;
  readonly size: number;
}

export function createSensors<T>(make: () => T): Sensors<T> {
  const sensors = new Map<string, { value: T; usedMs: number }>();
  const forget = (nowMs: number): void => {
    for (const [name, { usedMs }] of sensors) {
      if (sensors.size < QUOTA_LIMITS.sensorsMax && nowMs - usedMs < QUOTA_LIMITS.sensorIdleMs) return;
      sensors.delete(name);
    }
  };
  return {
    get(name, nowMs) {
      const known = sensors.get(name);
      if (known === undefined) forget(nowMs);
      else sensors.delete(name);
      const fresh = known !== undefined && nowMs - known.usedMs < QUOTA_LIMITS.sensorIdleMs;
      const sensor = { value: fresh ? known.value : make(), usedMs: nowMs };
      sensors.set(name, sensor);
      return sensor.value;
    },
    get size() { return sensors.size; },
  };
}
