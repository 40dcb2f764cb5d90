import { Module } from '@nestjs/common';
import { RoleBindingsController } from './role-bindings.controller.js';

@Module({ controllers: [RoleBindingsController] })
export class MdsV2Module {}
