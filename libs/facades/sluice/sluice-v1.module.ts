import { Module } from '@nestjs/common';
import { EnginesController } from './clusters.controller.js';
import { OperationsController } from './operations.controller.js';
import { PlatformOrganizationsController } from './organizations.controller.js';

@Module({ controllers: [PlatformOrganizationsController, OperationsController, EnginesController] })
export class SluiceV1Module {}
