import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { KafkaTimeInterceptor } from './kafka-time.interceptor.js';
import { KafkaAclsController } from './v3/acls.controller.js';
import { KafkaBrokerConfigsController } from './v3/broker-configs.controller.js';
import { KafkaBrokersController } from './v3/brokers.controller.js';
import { KafkaClustersController } from './v3/clusters.controller.js';
import { KafkaGroupsController } from './v3/groups.controller.js';
import { KafkaOneBrokerConfigsController } from './v3/one-broker-configs.controller.js';
import { KafkaReplicasController } from './v3/replicas.controller.js';
import { KafkaTopicConfigsController } from './v3/topic-configs.controller.js';
import { KafkaTopicsController } from './v3/topics.controller.js';

/** Configs and reassignments come before topics: `topics/-/configs` is no topic named "-", `partitions/-/reassignment` no partition. */
@Module({ controllers: [KafkaClustersController, KafkaBrokersController, KafkaOneBrokerConfigsController, KafkaTopicConfigsController, KafkaReplicasController, KafkaTopicsController, KafkaAclsController, KafkaGroupsController, KafkaBrokerConfigsController], providers: [{ provide: APP_INTERCEPTOR, useClass: KafkaTimeInterceptor }] })
export class KafkaRestV3Module {}
