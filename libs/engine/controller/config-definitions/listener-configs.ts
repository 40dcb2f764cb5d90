/** Settings of one listener, `listener.name.<name>.<key>`, that can be changed while the broker runs, for one broker or for all. */
const LISTENER_CONFIG = /^listener\.name\.([^.]+)\.(max\.connections|max\.connection\.creation\.rate)$/;

export interface ListenerConfig {
  /** In small letters, as Kafka has it in a setting's name. */
  listener: string;
  key: string;
}

export function listenerConfig(name: string): ListenerConfig | null {
  const match = LISTENER_CONFIG.exec(name);
  return match === null ? null : { listener: match[1]!, key: match[2]! };
}

/** The listener is there, and not the brokers' own: a tenant who could close that one would lock out who can help. */
export function isChangeableListener(listener: string, properties: ReadonlyMap<string, string>): boolean {
  const names = (properties.get('listeners') ?? '').split(',').map((endpoint) => endpoint.split(':', 1)[0]!.trim().toLowerCase());
  return names.includes(listener) && listener !== properties.get('inter.broker.listener.name')?.trim().toLowerCase();
}
