import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse } from '@nestjs/swagger';

export class KafkaRestErrorDto {
  @ApiProperty({ example: 40403 }) error_code: number;
  @ApiProperty({ example: 'This server does not host this topic-partition.' }) message: string;
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is malformed, or the cluster refuses it; the message says why.', 401: 'No valid API key.', 403: 'No ACL or role allows it.',
  404: 'There is no such thing, or no such cluster for this key.', 429: 'Too many requests.', 503: 'The cluster or the platform can\'t answer now; try again.',
};

export function KafkaRestErrors(...statuses: number[]): MethodDecorator & ClassDecorator {
  const all = [...new Set([...statuses, 401, 403, 404, 429, 503])].sort((a, b) => a - b);
  return applyDecorators(...all.map((status) => ApiResponse({ status, type: KafkaRestErrorDto, description: DESCRIPTIONS[status] })));
}
