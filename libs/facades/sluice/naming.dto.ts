import { ApiProperty } from '@nestjs/swagger';
import { controlLimits, namingLimits, namingModes } from '#libs/control/application';
import { ChoiceField, ListField, listOf, ListMetadataDto, ObjectField, ObjectMetadataDto, RejectUnknownFields, TextField, TextsField, type ListMetadata } from '#libs/http';

@RejectUnknownFields()
export class NamingPartInputDto {
  @TextField({ example: 'env', description: 'A part of the template, without its brackets.' }) name: string;
  @TextsField({ required: false, maxSize: namingLimits.valuesPerPartMax, example: ['dev', 'stg', 'prd'], description: 'What the part may be. Either this or a pattern.' }) values?: string[];
  @TextField({ required: false, maxLength: namingLimits.patternLengthMax, example: '[a-z]+-[0-9]+', description: 'For the whole part: literals, ".", classes, \\d, \\w, groups, "|", and the quantifiers * + ? {n,m}.' }) pattern?: string;
}

@RejectUnknownFields()
export class NamingExemptionsInputDto {
  @TextsField({ required: false, maxSize: namingLimits.exemptionsMax, description: 'Topics that are exempt.' }) names?: string[];
  @TextsField({ required: false, maxSize: namingLimits.exemptionsMax, description: 'Beginnings of exempt names.' }) prefixes?: string[];
  @TextsField({ required: false, maxSize: namingLimits.exemptionsMax, description: 'For whole names. Left out: the internal topics of Kafka, Kafka Streams and Connect.' }) patterns?: string[];
}

@RejectUnknownFields()
export class NamingPolicyInputDto {
  @ChoiceField(namingModes, { example: 'enforce', description: 'enforce: topics that don\'t fit aren\'t made. warn: they are, and the answer or the broker\'s log says so.' }) mode: string;
  @TextField({ example: '<env>.<service>.<jira>.<type>', description: 'Parts between dots: a shipped template (`/sluice/v1/naming-templates`) or one of your own. The last part may hold dots.' }) template: string;
  @ListField(() => NamingPartInputDto, { required: false, maxSize: namingLimits.templatePartsMax, description: 'Rules for parts; those left out have their default.' }) parts?: NamingPartInputDto[];
  @ObjectField(() => NamingExemptionsInputDto, { required: false }) exemptions?: NamingExemptionsInputDto;
}

class NamingPartDto {
  @ApiProperty({ example: 'env' }) name: string;
  @ApiProperty({ required: false, type: [String], example: ['dev', 'stg', 'prd'] }) values?: string[];
  @ApiProperty({ required: false, example: '[a-z]+-[0-9]+' }) pattern?: string;
}

class NamingExemptionsDto {
  @ApiProperty({ type: [String] }) names: string[];
  @ApiProperty({ type: [String] }) prefixes: string[];
  @ApiProperty({ type: [String], example: ['__.*', '.+-changelog'] }) patterns: string[];
}

export class NamingPolicyDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'NamingPolicy' }) kind: string;
  @ApiProperty({ example: 'env-8k2m4x1p', description: 'The environment\'s: it has one policy at most.' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ enum: namingModes }) mode: string;
  @ApiProperty({ example: '<env>.<service>.<jira>.<type>' }) template: string;
  @ApiProperty({ type: () => [NamingPartDto], description: 'Complete, in the template\'s order.' }) parts: NamingPartDto[];
  @ApiProperty({ type: () => NamingExemptionsDto }) exemptions: NamingExemptionsDto;
}

class NamingTemplateDto {
  @ApiProperty({ example: '<env>.<team>.<app>.<type>' }) template: string;
  @ApiProperty({ example: 'By stage, team and application.' }) description: string;
  @ApiProperty({ example: 'prd.marketing-team.sms-platform.json' }) example: string;
  @ApiProperty({ type: () => [NamingPartDto], description: 'What the parts are unless a policy says otherwise.' }) parts: NamingPartDto[];
}
export const NamingTemplateListDto = listOf(NamingTemplateDto, 'sluice/v1', 'NamingTemplateList');
export type NamingTemplateBody = NamingTemplateDto;

@RejectUnknownFields()
export class NamingCheckInputDto {
  @TextsField({ minSize: 1, maxSize: controlLimits.namesPerCheckMax, example: ['dev.email-sender.jira-1234.email-vo.custom', 'Dev.EmailSender.json'] }) topic_names: string[];
  @ObjectField(() => NamingPolicyInputDto, { required: false, description: 'A draft to judge by instead of the environment\'s policy.' }) policy?: NamingPolicyInputDto;
}

class CheckedPartDto {
  @ApiProperty({ example: 'jira' }) part: string;
  @ApiProperty({ nullable: true, type: String, example: 'json', description: 'Null where the name is too short.' }) value: string | null;
  @ApiProperty({ example: 'the pattern [a-z]+-[0-9]+' }) expected: string;
  @ApiProperty() fits: boolean;
  @ApiProperty({ nullable: true, type: String, example: '"json" doesn\'t match' }) reason: string | null;
}

class ProposalDto {
  @ApiProperty({ example: 'dev.emailsender.jira-1.json', description: 'Fits; the name itself where that fits.' }) topic_name: string;
  @ApiProperty({ type: [String], example: ['jira'], description: 'Parts that the given name says nothing about: yours to fill in.' }) placeholders: string[];
}

export class CheckedNameDto {
  @ApiProperty({ example: 'Dev.EmailSender.json' }) topic_name: string;
  @ApiProperty() fits: boolean;
  @ApiProperty({ nullable: true, type: String, example: 'the pattern .+-changelog', description: 'Which exemption holds.' }) exemption: string | null;
  @ApiProperty({ nullable: true, type: String, description: 'Why it can\'t be a topic\'s name, whatever the policy.' }) illegal: string | null;
  @ApiProperty({ type: () => [CheckedPartDto] }) parts: CheckedPartDto[];
  @ApiProperty({ type: () => ProposalDto }) proposal: ProposalDto;
}

export class NamingCheckDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'NamingCheck' }) kind: string;
  @ApiProperty({ enum: namingModes, description: 'What happens to names that don\'t fit.' }) mode: string;
  @ApiProperty({ example: '<env>.<service>.<jira>.<type>' }) template: string;
  @ApiProperty({ type: () => [CheckedNameDto], description: 'In the order of the request.' }) results: CheckedNameDto[];
}

class NamingReportMetadataDto extends ListMetadataDto {
  @ApiProperty({ type: 'integer', description: 'Topics that the platform sees, without Kafka\'s own.' }) topics_count: number;
  @ApiProperty({ type: 'integer', description: 'Of these, those that fit or are exempt.' }) fitting_count: number;
}

export class NamingReportDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'NamingReport' }) kind: string;
  @ApiProperty({ type: () => NamingReportMetadataDto }) metadata: ListMetadata & { topics_count: number; fitting_count: number };
  @ApiProperty({ example: 'env-8k2m4x1p' }) environment_id: string;
  @ApiProperty({ enum: namingModes }) mode: string;
  @ApiProperty({ example: '<env>.<service>.<jira>.<type>' }) template: string;
  @ApiProperty({ type: () => [CheckedNameDto], description: 'Topics that don\'t fit, by name.' }) data: CheckedNameDto[];
}
