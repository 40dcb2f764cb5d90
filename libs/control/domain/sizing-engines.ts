/** Which of the engines that are offered can be the cluster that a sizing asks for: by what each declares, in the order of the offers. */
import type { EngineOffer } from './engines.js';
import type { SizingNeeds } from './sizing.js';
import type { SizingWorkload } from './sizing-workload.js';

/** The offer as data, under the region that clients ask for it by. */
export type SizingOffer = Pick<EngineOffer, 'engine' | 'title' | 'isProvisioned' | 'brokersMax' | 'heapMb' | 'problem'> & { region: string };

export interface EngineFit {
  engine: string;
  title: string;
  region: string;
  /** Null where tenants choose no heap. */
  heapMb: number | null;
  /** Why it can't be this cluster; none: it can. */
  obstacles: readonly string[];
}

export function fitEngine(offer: SizingOffer, needs: SizingNeeds, { replicationFactor }: SizingWorkload): EngineFit {
  const obstacles: string[] = [];
  const { engine, title, region, brokersMax, heapMb, problem } = offer;
  if (problem !== null) obstacles.push(problem);
  if (needs.brokers > brokersMax) obstacles.push(`${needs.brokers} brokers are needed, it has ${brokersMax} at most`);
  if (replicationFactor > brokersMax) obstacles.push(`a replication factor of ${replicationFactor} needs as many brokers`);
  if (heapMb !== null && needs.heapMib > heapMb.max) obstacles.push(`${needs.heapMib} MiB of heap are needed, ${heapMb.max} are allowed`);
  return { engine, title, region, heapMb: heapMb === null ? null : Math.min(Math.max(needs.heapMib, heapMb.min), heapMb.max), obstacles };
}

/** Someone else's clusters are sized by their owners. */
export const fitEngines = (offers: readonly SizingOffer[], needs: SizingNeeds, load: SizingWorkload): EngineFit[] => offers.filter((offer) => offer.isProvisioned).map((offer) => fitEngine(offer, needs, load));
