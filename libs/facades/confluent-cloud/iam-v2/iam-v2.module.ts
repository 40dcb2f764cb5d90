import { Module } from '@nestjs/common';
import { ServiceAccountsController } from './service-accounts.controller.js';
import { UsersController } from './users.controller.js';

@Module({ controllers: [UsersController, ServiceAccountsController] })
export class IamV2Module {}
