import { ApiProperty } from '@nestjs/swagger';
import { listOf, ObjectMetadataDto, RejectUnknownFields, TextField, TextsField, ChoiceField } from '#libs/http';
import { controlLimits, remoteMechanisms, remoteProtocols } from '#libs/control/application';

const PROTOCOL = { description: 'Of the listener that the bootstrap servers belong to.', example: 'SASL_SSL' };
const MECHANISM = { required: false, description: 'With SASL_SSL and SASL_PLAINTEXT.', example: 'SCRAM-SHA-512' };
const CA = { required: false, description: 'Certificates in PEM that the brokers\' are checked against. Without: the authorities that the platform\'s machine trusts.', example: '-----BEGIN CERTIFICATE-----\n…' };
const CERTIFICATE = { required: false, description: 'The platform\'s own certificate with its chain, in PEM, where the brokers ask for one.' };
const KEY = { required: false, description: 'Its private key in PEM, not encrypted. Kept sealed, and never answered.' };
const SERVERS = { minSize: 1, maxSize: controlLimits.remoteBootstrapMax, description: 'host:port of brokers, an IPv6 address in brackets. Each is connected to, and so is every address that the cluster advertises.', example: ['broker-1.example.com:9096', 'broker-2.example.com:9096'] };

@RejectUnknownFields()
export class AttachedClusterCreateDto {
  @TextField({ example: '9bcb4b5f-16fb-4a0b-9a0c-7c62c84c1d5b', description: 'Whose it becomes.' }) organization_id: string;
  @TextField({ example: 'env-8k2m4x1p' }) environment_id: string;
  @TextField({ example: 'orders-in-frankfurt', maxLength: controlLimits.displayNameLengthMax }) display_name: string;
  @TextField({ required: false, description: 'AWS, GCP or AZURE: where it runs, for show. Default AWS.', example: 'AWS' }) cloud?: string | null;
  @TextField({ required: false, description: 'For show.', example: 'eu-central-1' }) region?: string | null;
  @TextsField(SERVERS) bootstrap_servers: string[];
  @ChoiceField(remoteProtocols, PROTOCOL) security_protocol: string;
  @ChoiceField(remoteMechanisms, MECHANISM) mechanism?: string | null;
  @TextField({ required: false, example: 'sluice' }) username?: string | null;
  @TextField({ required: false, description: 'Kept sealed, and never answered.' }) password?: string | null;
  @TextField(CA) ca_pem?: string | null;
  @TextField(CERTIFICATE) certificate_pem?: string | null;
  @TextField(KEY) key_pem?: string | null;
}

@RejectUnknownFields()
export class AttachedClusterUpdateDto {
  @TextsField({ ...SERVERS, required: false }) bootstrap_servers?: string[] | null;
  @ChoiceField(remoteProtocols, { ...PROTOCOL, required: false }) security_protocol?: string | null;
  @ChoiceField(remoteMechanisms, MECHANISM) mechanism?: string | null;
  @TextField({ required: false, example: 'sluice' }) username?: string | null;
  @TextField({ required: false, description: 'To be given again when where it is sent to changes.' }) password?: string | null;
  @TextField(CA) ca_pem?: string | null;
  @TextField(CERTIFICATE) certificate_pem?: string | null;
  @TextField(KEY) key_pem?: string | null;
}

class AttachedClusterSpecDto {
  @ApiProperty({ example: 'orders-in-frankfurt' }) display_name: string;
  @ApiProperty({ example: '9bcb4b5f-16fb-4a0b-9a0c-7c62c84c1d5b' }) organization_id: string;
  @ApiProperty({ example: 'env-8k2m4x1p' }) environment_id: string;
  @ApiProperty({ example: 'AWS' }) cloud: string;
  @ApiProperty({ example: 'eu-central-1' }) region: string;
  @ApiProperty({ type: [String], example: ['broker-1.example.com:9096'] }) bootstrap_servers: string[];
  @ApiProperty({ enum: [...remoteProtocols] }) security_protocol: string;
  @ApiProperty({ enum: [...remoteMechanisms], type: String, nullable: true }) mechanism: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'sluice' }) username: string | null;
  @ApiProperty({ type: String, nullable: true }) ca_pem: string | null;
  @ApiProperty({ type: String, nullable: true }) certificate_pem: string | null;
}

class AttachedBrokerDto {
  @ApiProperty({ type: 'integer', example: 1 }) broker_id: number;
  @ApiProperty({ example: 'broker-1.example.com' }) host: string;
  @ApiProperty({ type: 'integer', example: 9096 }) port: number;
  @ApiProperty({ type: String, nullable: true, example: 'euc1-az1' }) rack: string | null;
  @ApiProperty() is_reachable: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'Why it isn\'t reachable.' }) reason: string | null;
}

class AttachedCapabilitiesDto {
  @ApiProperty({ description: 'API keys can be made: users of the cluster\'s own, named like the key.' }) api_keys: boolean;
  @ApiProperty({ description: 'SCRAM users can be described and altered.' }) scram_users: boolean;
  @ApiProperty({ description: 'The cluster has an authorizer, and the credential may describe its ACLs.' }) acls: boolean;
  @ApiProperty() transactions: boolean;
  @ApiProperty({ description: 'Start, stop, scale, upgrade: its owner\'s.' }) life_cycle: boolean;
  @ApiProperty({ description: 'Naming policies bind Kafka clients too. Where not, they bind what is made over HTTP.' }) naming_policy_on_brokers: boolean;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'Why the cluster lacks what it lacks.', example: { api_keys: 'the credential may not alter the cluster (Alter on Cluster)' } }) reasons: Record<string, string>;
}

class AttachedClusterStatusDto {
  @ApiProperty({ enum: ['PROVISIONED', 'FAILED', 'PROVISIONING'] }) phase: string;
  @ApiProperty({ type: String, nullable: true, description: 'Why the phase is FAILED. It returns by itself.' }) reason: string | null;
  @ApiProperty({ example: 'MkU3OEVBNTcwNTJENDM2Qg', description: 'Pinned: a cluster with another id is another one.' }) kafka_cluster_id: string;
  @ApiProperty({ format: 'date-time' }) tested_at: string;
  @ApiProperty({ type: () => [AttachedBrokerDto], description: 'As they were seen last.' }) brokers: AttachedBrokerDto[];
  @ApiProperty({ type: [String], example: ['SCRAM-SHA-512'], description: 'That the listener takes.' }) mechanisms: string[];
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' }, example: { 'metadata.version': 25 } }) features: Record<string, number>;
  @ApiProperty({ type: () => AttachedCapabilitiesDto }) capabilities: AttachedCapabilitiesDto;
  @ApiProperty({ type: String, nullable: true, example: 'User:{api key id}', description: 'Whom an API key of this cluster is to ACLs: the key itself, not its owner.' }) api_key_principal: string | null;
}

export class AttachedClusterDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'AttachedCluster' }) kind: string;
  @ApiProperty({ example: 'lkc-7w3k9d2m' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ type: () => AttachedClusterSpecDto }) spec: AttachedClusterSpecDto;
  @ApiProperty({ type: () => AttachedClusterStatusDto }) status: AttachedClusterStatusDto;
}

export class AttachedClusterListDto extends listOf(AttachedClusterDto, 'sluice/v1', 'AttachedClusterList') {}

export class DetachedClusterDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'DetachedCluster' }) kind: string;
  @ApiProperty({ example: 'lkc-7w3k9d2m' }) id: string;
  @ApiProperty({ type: [String], description: 'Users of API keys that were taken out of the cluster.' }) users_removed: string[];
  @ApiProperty({ type: [String], description: 'Users that are still there, for its owner to remove.' }) users_left: string[];
  @ApiProperty({ type: String, nullable: true, description: 'Why some are left.' }) reason: string | null;
}
