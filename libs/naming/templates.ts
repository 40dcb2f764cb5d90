/** What the platform ships: four templates, and for the parts that they and others name, what a part may be unless a policy says otherwise. */
export interface NamingTemplate { template: string; description: string; example: string }

export const namingTemplates: readonly NamingTemplate[] = [
  { template: '<env>.<team>.<app>.<type>', description: 'By stage, team and application.', example: 'prd.marketing-team.sms-platform.json' },
  { template: '<project>.<service>.<env>.<event>', description: 'By project and service, with the event last.', example: 'commerce.payment.prd.notification' },
  { template: '<env>.<service>.<jira>.<type>', description: 'By stage and service, with the ticket that asked for the topic.', example: 'dev.email-sender.jira-1234.email-vo.custom' },
  { template: '<cluster>.<env>.<service>.<type>', description: 'By cluster, for topics that are mirrored between clusters.', example: 'aws-kafka.live.marketing-platform.json' },
];

export type PartRule = { values: readonly string[] } | { pattern: string };

const KEBAB = '[a-z][a-z0-9]*(-[a-z0-9]+)*';
const DOTTED = '[a-z0-9]+([.-][a-z0-9]+)*';

const known: Readonly<Record<string, PartRule>> = {
  env: { values: ['dev', 'test', 'qa', 'uat', 'stg', 'staging', 'prd', 'prod', 'live'] },
  jira: { pattern: '[a-z]+-[0-9]+' },
};

/** The last part may hold dots. */
export function defaultRule(part: string, isLast: boolean): PartRule {
  return Object.hasOwn(known, part) ? known[part]! : { pattern: isLast ? DOTTED : KEBAB };
}

/** Internal topics of Kafka, of Kafka Streams (changelogs, repartitions, foreign-key joins) and of Connect: their programs name them. */
export const defaultExemptionPatterns: readonly string[] = [
  '__.*', '.+-changelog', '.+-repartition', '.+-KTABLE-FK-JOIN-SUBSCRIPTION-(REGISTRATION|RESPONSE)-[0-9]+-topic', 'connect-(configs|offsets|status)',
];
