import { Module } from '@nestjs/common';
import { SchemaRegistryClustersController } from './schema-registry-clusters.controller.js';

@Module({ controllers: [SchemaRegistryClustersController] })
export class SrcmV3Module {}
