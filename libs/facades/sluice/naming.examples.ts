/** Bodies that Swagger UI offers. */
type Examples = Record<string, { summary: string; value: Record<string, unknown> }>;

export const namingPolicyExamples: Examples = {
  shipped: { summary: 'A shipped template', value: { mode: 'enforce', template: '<env>.<service>.<jira>.<type>' } },
  tightened: {
    summary: 'With rules of your own',
    value: { mode: 'warn', template: '<env>.<team>.<app>.<type>', parts: [{ name: 'env', values: ['dev', 'prd'] }, { name: 'team', pattern: '[a-z]+-team' }], exemptions: { names: ['legacy'], prefixes: ['tmp.'] } },
  },
  own: { summary: 'A template of your own', value: { mode: 'enforce', template: '<domain>.<entity>.<version>', parts: [{ name: 'version', pattern: 'v[0-9]+' }] } },
};

export const namingCheckExamples: Examples = {
  names: { summary: 'By the environment\'s policy', value: { topic_names: ['dev.email-sender.jira-1234.email-vo.custom', 'Dev.EmailSender.json'] } },
  draft: { summary: 'By a draft', value: { topic_names: ['prd.marketing-team.sms-platform.json'], policy: { mode: 'enforce', template: '<env>.<team>.<app>.<type>' } } },
};
