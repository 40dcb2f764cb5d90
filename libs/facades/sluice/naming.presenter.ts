import { defaultRule, environmentCrn, parseTemplate, type CheckedName, type CompiledNamingPolicy, type EnvironmentNamingPolicy, type NamingPolicyInput, type NamingTemplate } from '#libs/control/application';
import type { NamingReport } from '#libs/control/application/data-plane';
import { presentListMetadata, type ListRequest } from '#libs/http';
import type { CheckedNameDto, NamingCheckDto, NamingPolicyDto, NamingPolicyInputDto, NamingReportDto, NamingTemplateBody } from './naming.dto.js';
import { paths, SLUICE_V1 } from './paths.js';

/** Null means absent, as in every optional field. */
export function toNamingPolicyInput({ mode, template, parts, exemptions }: NamingPolicyInputDto): NamingPolicyInput {
  const { names, prefixes, patterns } = exemptions ?? {};
  return {
    mode, template,
    parts: (parts ?? []).map(({ name, values, pattern }) => ({ name, ...(values ? { values } : {}), ...(typeof pattern === 'string' ? { pattern } : {}) })),
    exemptions: { ...(names ? { names } : {}), ...(prefixes ? { prefixes } : {}), ...(patterns ? { patterns } : {}) },
  };
}

type Part = EnvironmentNamingPolicy['policy']['parts'][number];
const presentPart = (part: Part): NamingPolicyDto['parts'][number] => ('values' in part ? { name: part.name, values: [...part.values] } : { name: part.name, pattern: part.pattern });

export function presentNamingPolicy({ environmentId, organizationId, policy, createdAt, updatedAt }: EnvironmentNamingPolicy, baseUrl: string): NamingPolicyDto {
  const { mode, template, parts, exemptions } = policy;
  return {
    api_version: SLUICE_V1, kind: 'NamingPolicy', id: environmentId,
    metadata: {
      self: baseUrl + paths.namingPolicy(environmentId), resource_name: `${environmentCrn(organizationId, environmentId)}/naming-policy`,
      created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString(),
    },
    mode, template, parts: parts.map(presentPart),
    exemptions: { names: [...exemptions.names], prefixes: [...exemptions.prefixes], patterns: [...exemptions.patterns] },
  };
}

export function presentNamingTemplate({ template, description, example }: NamingTemplate): NamingTemplateBody {
  const names = parseTemplate(template);
  return { template, description, example, parts: names.map((name, index) => presentPart({ name, ...defaultRule(name, index === names.length - 1) })) };
}

export const presentCheckedName = ({ topicName, fits, exemption, illegal, parts, proposal }: CheckedName): CheckedNameDto => ({
  topic_name: topicName, fits, exemption, illegal, parts: parts.map((part) => ({ ...part })),
  proposal: { topic_name: proposal.topicName, placeholders: proposal.placeholders },
});

export function presentNamingCheck({ policy: { policy }, names }: { policy: CompiledNamingPolicy; names: readonly CheckedName[] }): NamingCheckDto {
  return { api_version: SLUICE_V1, kind: 'NamingCheck', mode: policy.mode, template: policy.template, results: names.map(presentCheckedName) };
}

export function presentNamingReport({ environmentId, policy, topicsCount, fittingCount, misfits }: NamingReport, page: ListRequest): NamingReportDto {
  return {
    api_version: SLUICE_V1, kind: 'NamingReport', metadata: { ...presentListMetadata(page, misfits), topics_count: topicsCount, fitting_count: fittingCount },
    environment_id: environmentId, mode: policy.mode, template: policy.template, data: misfits.items.map(presentCheckedName),
  };
}
