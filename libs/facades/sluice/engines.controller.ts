import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, BaseUrl, CONTROL_SERVICES, CurrentCaller, type ListBody } from '#libs/http';
import { EngineOfferListDto, RegionListDto, type EngineOfferDto, type RegionDto } from './engine.dto.js';
import { presentOffer, presentRegion, presentWhole } from './engine.presenter.js';
import { paths } from './paths.js';

/** Whole lists: there are as many as the operator has set up. */
@ApiTags('Engines')
@Controller('sluice/v1')
export class EngineOffersController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get('engines')
  @ApiOperation({ summary: 'List engines', description: 'What can run a cluster here, with versions, limits and capabilities; and what keeps one from being had at present. For every cloud key.' })
  @ApiOkResponse({ type: EngineOfferListDto })
  @ApiErrors()
  engines(@CurrentCaller() caller: Caller, @BaseUrl() baseUrl: string): ListBody<EngineOfferDto> {
    const { regions } = this.services.engines.regions(caller);
    return presentWhole('EngineList', baseUrl + paths.engines, this.services.engines.offers(caller).map((offer) => presentOffer(offer, regions)));
  }

  @Get('regions')
  @ApiOperation({ summary: 'List regions', description: 'The names that `spec.region` of a cluster may have, and the engine that each stands for. For every cloud key.' })
  @ApiOkResponse({ type: RegionListDto })
  @ApiErrors()
  regions(@CurrentCaller() caller: Caller, @BaseUrl() baseUrl: string): ListBody<RegionDto> {
    const { regions, isAliased } = this.services.engines.regions(caller);
    return presentWhole('RegionList', baseUrl + paths.regions, regions.map((region, index) => presentRegion(region, isAliased && index === 0)));
  }
}
