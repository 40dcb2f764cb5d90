/** A `Net` that connects only where the rule allows. Whatever a Kafka client learns of brokers, its connections pass here. */
import { OperationalError, type Clock, type Connection, type Net, type Timers } from '#libs/kernel';
import { EgressRefusedError, EgressUnresolvableError } from './egress.errors.js';
import type { EgressRule } from './egress-rule.js';
import { parseHost } from './host.js';
import type { Resolve } from './resolve.js';

export interface EgressNetOptions { rule: EgressRule; resolve: Resolve }

type ConnectOptions = Parameters<Net['connect']>[0];

/** Throws EgressRefusedError when one of the host's addresses is forbidden, even if another isn't: whoever answers so means no good, or has made a mistake. */
async function judged(host: string, port: number, { rule, resolve }: EgressNetOptions): Promise<{ addresses: string[]; name: string | null }> {
  const parsed = parseHost(host);
  const addresses = parsed.kind === 'address' ? [parsed.address] : await resolve(parsed.name);
  if (addresses.length === 0) throw new EgressUnresolvableError(`the host ${host} has no address`);
  for (const address of addresses) {
    const refusal = rule.refusalOf(address, port);
    if (refusal !== null) throw new EgressRefusedError(`${parsed.kind === 'address' ? `the address ${address}` : `${parsed.name} stands for ${address}, which`} ${refusal}`);
  }
  return { addresses, name: parsed.kind === 'name' ? parsed.name : null };
}

function within<T>(timers: Timers, work: Promise<T>, timeoutMs: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = timers.set(timeoutMs, () => reject(late()));
    work.then((value) => { timers.cancel(timer); resolve(value); }, (error: unknown) => { timers.cancel(timer); reject(error as Error); });
  });
}

export function createEgressNet(env: { net: Net; timers: Timers; clock: Clock }, options: EgressNetOptions): Net {
  return {
    listen: () => Promise.reject(new OperationalError('EGRESS_ONLY', 'nothing listens here: this is for connections to others', false)),
    async connect({ host, port, tls, timeoutMs }: ConnectOptions): Promise<Connection> {
      const endsMs = env.clock.monotonic() + timeoutMs;
      const { addresses, name } = await within(env.timers, judged(host, port, options), timeoutMs, () => new EgressUnresolvableError(`the host ${host} wasn't resolved within ${timeoutMs} ms`));
      // The name is what the certificate must hold, though the connection goes to the address.
      const secured = tls === null ? null : { ...tls, serverName: tls.serverName ?? name };
      let failure: unknown;
      for (const [index, address] of addresses.entries()) {
        const leftMs = endsMs - env.clock.monotonic();
        if (leftMs <= 0) break;
        try {
          return await env.net.connect({ host: address, port, tls: secured, timeoutMs: Math.max(1, Math.floor(leftMs / (addresses.length - index))) });
        } catch (error) {
          failure = error;
        }
      }
      throw failure ?? new EgressUnresolvableError(`the host ${host} took all of the ${timeoutMs} ms to be resolved`);
    },
  };
}
