import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, CONTROL_SERVICES, CurrentCaller } from '#libs/http';
import { SizingDto, SizingInputDto } from './sizing.dto.js';
import { sizingExamples } from './sizing.examples.js';
import { presentSizing, toSizingInput } from './sizing.presenter.js';

@ApiTags('Sizing')
@Controller('sluice/v1/sizing')
export class SizingController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Size a cluster',
    description: 'From throughput, retention, replication and readers to partitions, brokers, memory, disk and network; each figure with its formula, what went into it and where the rule is from. Makes nothing; the answer holds bodies that do. For every cloud key.',
  })
  @ApiBody({ type: SizingInputDto, examples: sizingExamples })
  @ApiOkResponse({ type: SizingDto })
  @ApiErrors(400, 415, 422)
  estimate(@CurrentCaller() caller: Caller, @Body() body: SizingInputDto): SizingDto {
    return presentSizing(this.services.sizing.estimate(caller, toSizingInput(body)), body);
  }
}
