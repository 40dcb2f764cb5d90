import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, RejectUnknownFields, TextField } from '#libs/http';
import { clientNames, DEFAULT_MECHANISM, saslMechanisms } from './client-config/index.js';

@RejectUnknownFields()
export class ClientConfigQueryDto {
  @ChoiceField(clientNames, { description: 'Whose format.', example: 'java' }) client: (typeof clientNames)[number];
  @TextField({ required: false, description: 'The id of an API key of this cluster. Without it: the key that asks, if it is one of the cluster; else a placeholder.', example: 'D9N8Y9WMGQP00GA4' }) key?: string | null;
  @ChoiceField(saslMechanisms, { required: false, description: `Default: ${DEFAULT_MECHANISM}, which never sends the secret.`, example: DEFAULT_MECHANISM }) mechanism?: (typeof saslMechanisms)[number] | null;
}

class ClientConfigMetadataDto {
  @ApiProperty({ example: 'http://127.0.0.1:8080/sluice/v1/clusters/lkc-7w3k9d2m/client-config?client=java&mechanism=SCRAM-SHA-512' }) self: string;
}

class ClientSecretDto {
  @ApiProperty({ enum: ['environment', 'file'], description: 'Whether the client reads the secret from an environment variable, or it is to be written into the file.' }) from: string;
  @ApiProperty({ example: 'SLUICE_API_SECRET', description: 'The variable\'s name, or the placeholder in the file.' }) name: string;
}

export class ClientConfigDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'ClientConfig' }) kind: string;
  @ApiProperty({ type: () => ClientConfigMetadataDto }) metadata: ClientConfigMetadataDto;
  @ApiProperty({ example: 'lkc-7w3k9d2m' }) cluster_id: string;
  @ApiProperty({ enum: clientNames }) client: string;
  @ApiProperty({ example: 'Apache Kafka\'s Java client and command-line tools' }) title: string;
  @ApiProperty({ example: 'localhost:20000' }) bootstrap_endpoint: string;
  @ApiProperty({ enum: saslMechanisms }) mechanism: string;
  @ApiProperty({ nullable: true, type: String, description: 'Null: the content has a placeholder for it.' }) api_key_id: string | null;
  @ApiProperty({ type: () => ClientSecretDto }) secret: ClientSecretDto;
  @ApiProperty({ example: 'client.properties' }) filename: string;
  @ApiProperty({ example: 'properties' }) language: string;
  @ApiProperty({ description: 'The file.' }) content: string;
  @ApiProperty({ type: [String], description: 'How to use it, in order.' }) usage: string[];
}
