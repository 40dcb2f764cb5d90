import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Readiness, ReadinessReport } from './readiness.js';

export const PLATFORM_STATUS = Symbol('platform status');
export interface PlatformStatus { readiness: Readiness; caPem: string; version: string }

/** For probes and for whoever has no key yet. */
@ApiExcludeController()
@Controller()
export class PlatformController {
  constructor(@Inject(PLATFORM_STATUS) private readonly status: PlatformStatus) {}

  /** The process answers; nothing else is asked. */
  @Get('health/live')
  live(): { status: string; version: string } {
    return { status: 'live', version: this.status.version };
  }

  @Get('health/ready')
  async ready(@Res({ passthrough: true }) response: Response): Promise<ReadinessReport & { not_ready: string[] }> {
    const report = await this.status.readiness.report();
    if (!report.ready) response.status(503).setHeader('Retry-After', '2');
    return { ...report, not_ready: report.checks.filter((each) => !each.ready).map((each) => each.name) };
  }

  /** What clients check the platform's and the brokers' certificates against. */
  @Get('ca.pem')
  @Header('Content-Type', 'application/x-pem-file')
  caPem(): string {
    return this.status.caPem;
  }
}
