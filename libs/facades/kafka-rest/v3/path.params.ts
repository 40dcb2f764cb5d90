import { applyDecorators } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';

/** Names that Swagger UI offers for a path: those that this group's example bodies make. */
const param = (name: string, example: string): MethodDecorator => ApiParam({ name, required: true, type: String, example });

export const TopicParam = (): MethodDecorator => param('topic_name', 'orders');
export const PartitionParams = (): MethodDecorator => applyDecorators(TopicParam(), param('partition_id', '0'));
export const BrokerParam = (): MethodDecorator => param('broker_id', '1');
export const ReplicaParams = (): MethodDecorator => applyDecorators(PartitionParams(), BrokerParam());
export const TopicConfigParams = (): MethodDecorator => applyDecorators(TopicParam(), param('name', 'retention.ms'));
export const BrokerConfigParam = (): MethodDecorator => param('name', 'log.retention.ms');
