import { Module } from '@nestjs/common';
import { EnvironmentsController } from './environments.controller.js';
import { OrganizationsController } from './organizations.controller.js';

@Module({ controllers: [OrganizationsController, EnvironmentsController] })
export class OrgV2Module {}
