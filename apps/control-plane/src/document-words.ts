import type { Drivers, RegionRule } from '#libs/control/application';
import type { DocumentWords } from '#libs/http';

/** Regions and engines as the API's description names them: the controllers that it is made from know none. */
export function documentWords({ regions, aliases }: RegionRule, drivers: Drivers): DocumentWords {
  const offers = drivers.all.map((driver) => driver.offer()).filter((offer) => offer.isProvisioned);
  const offerOf = (engine: string): (typeof offers)[number] | undefined => offers.find((offer) => offer.engine === engine);
  const brokersOf = (engine: string): number => offerOf(engine)?.brokersMax ?? 0;
  const first = regions[0];
  const largest = [...regions].sort((a, b) => brokersOf(b.engine) - brokersOf(a.engine))[0];
  return {
    region: first?.name ?? '', engine: first?.engine ?? '', 'largest-region': largest?.name ?? '', engines: offers.map(({ engine }) => `\`${engine}\``).join(', '),
    regions: regions.map(({ name, engine }) => `\`${name}\` (${offerOf(engine)?.title ?? engine})`).join(', '),
    aliases: aliases ? 'Names of the big clouds\' regions stand for the first.' : '',
  };
}
