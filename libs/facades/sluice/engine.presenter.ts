import { controlLimits, type EngineOffer, type Region } from '#libs/control/application';
import type { ListBody } from '#libs/http';
import type { EngineOfferDto, RegionDto } from './engine.dto.js';
import { SLUICE_V1 } from './paths.js';

/** Short and the same for everybody: lists that come whole. */
export function presentWhole<T>(kind: string, self: string, data: T[]): ListBody<T> {
  return { api_version: SLUICE_V1, kind, metadata: { first: self, next: '', total_size: data.length }, data };
}

function presentCapabilities({ capabilities }: EngineOffer): EngineOfferDto['capabilities'] {
  const { lifeCycle, keys, namingPolicy, transactions, scramUsers, diskLimit, logDetails } = capabilities;
  return { life_cycle: lifeCycle, keys, naming_policy: namingPolicy, transactions, scram_users: scramUsers, disk_limit: diskLimit, log_details: logDetails };
}

export function presentOffer(offer: EngineOffer, regions: readonly Region[]): EngineOfferDto {
  const { engine, title, isProvisioned, problem, versions, brokersMax, controllersMax, heapMb, takesConfigs, flushModes } = offer;
  return {
    api_version: SLUICE_V1, kind: 'Engine', name: engine, title, regions: regions.filter((region) => region.engine === engine).map(({ name }) => name),
    is_provisioned: isProvisioned, is_available: isProvisioned && problem === null, problem,
    versions: versions.map(({ version, isInstalled, upgradesFrom }) => ({ version, is_installed: isInstalled, upgrades_from: [...upgradesFrom] })),
    limits: { brokers_max: brokersMax, controllers_max: controllersMax, heap_mb: heapMb && { ...heapMb }, configs_max: takesConfigs ? controlLimits.engineConfigsMax : 0 },
    flush_modes: [...flushModes], capabilities: presentCapabilities(offer),
  };
}

export function presentRegion({ name, engine }: Region, isDefault: boolean): RegionDto {
  return { api_version: SLUICE_V1, kind: 'Region', name, engine, is_default: isDefault };
}
