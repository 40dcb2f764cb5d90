import { Module } from '@nestjs/common';
import { AttachedClustersController } from './attached-clusters.controller.js';
import { ClientConfigsController } from './client-configs.controller.js';
import { EnginesController } from './clusters.controller.js';
import { EngineOffersController } from './engines.controller.js';
import { LogsController } from './logs.controller.js';
import { NamingPoliciesController } from './naming-policies.controller.js';
import { NamingReportsController } from './naming-reports.controller.js';
import { NamingTemplatesController } from './naming-templates.controller.js';
import { OperationsController } from './operations.controller.js';
import { PlatformOrganizationsController } from './organizations.controller.js';
import { PartitionsController } from './partitions.controller.js';
import { SizingController } from './sizing.controller.js';

@Module({ controllers: [PlatformOrganizationsController, OperationsController, EngineOffersController, EnginesController, AttachedClustersController, ClientConfigsController, LogsController, PartitionsController, NamingTemplatesController, NamingPoliciesController, NamingReportsController, SizingController] })
export class SluiceV1Module {}
