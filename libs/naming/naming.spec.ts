import { compileNamingPolicy, evaluateName, explainVerdict, namingLimits, namingTemplates, proposeName, type CompiledNamingPolicy, type NamingPolicyInput } from './index.js';

const shipped = namingTemplates.map(({ template }) => compileNamingPolicy({ mode: 'enforce', template }));
const policy = (input: Partial<NamingPolicyInput>): CompiledNamingPolicy => compileNamingPolicy({ mode: 'enforce', template: '<env>.<service>.<jira>.<type>', ...input });
const failingAt = (pointer: string) => expect.objectContaining({ name: 'NamingPolicyFailure', pointer });

/** Repeatable: a seed and mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describe('the shipped templates', () => {
  it.each(namingTemplates.map((each) => [each.template, each.example] as const))('%s takes %s', (template, example) => {
    expect(evaluateName(compileNamingPolicy({ mode: 'enforce', template }), example)).toMatchObject({ fits: true, exemption: null, illegal: null });
  });

  it('let the last part hold dots, and no other', () => {
    const { parts } = evaluateName(shipped[2]!, 'dev.email-sender.jira-1234.email-vo.custom');
    expect(parts.map((part) => [part.part, part.value])).toEqual([['env', 'dev'], ['service', 'email-sender'], ['jira', 'jira-1234'], ['type', 'email-vo.custom']]);
  });

  it.each([
    ['dev.email-sender.jira-1234', 'type', null, 'it is missing'],
    ['development.email-sender.jira-1234.json', 'env', 'development', '"development" isn\'t among them'],
    ['DEV.email-sender.jira-1234.json', 'env', 'DEV', '"DEV" has capital letters'],
    ['dev.email_sender.jira-1234.json', 'service', 'email_sender', '"email_sender" doesn\'t match'],
    ['dev..jira-1234.json', 'service', '', 'it is empty'],
    ['dev.email-sender.1234.json', 'jira', '1234', '"1234" doesn\'t match'],
    ['dev.email-sender.jira-1234.json.', 'type', 'json.', '"json." doesn\'t match'],
  ])('explain what is wrong with %s', (name, part, value, reason) => {
    const verdict = evaluateName(shipped[2]!, name);
    expect(verdict.fits).toBe(false);
    expect(verdict.parts.filter((each) => !each.fits)).toEqual([expect.objectContaining({ part, value, reason })]);
  });

  it('leave the internal topics of Kafka, Streams and Connect alone', () => {
    for (const name of ['__consumer_offsets', 'app-KSTREAM-AGGREGATE-STATE-STORE-0000000003-changelog', 'a-repartition', 'connect-offsets', 'app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000014-topic']) {
      expect([name, evaluateName(shipped[0]!, name)]).toEqual([name, expect.objectContaining({ fits: true, exemption: expect.stringContaining('pattern') })]);
    }
    for (const name of ['connect-other', 'changelog', '_x']) expect([name, evaluateName(shipped[0]!, name).fits]).toEqual([name, false]);
  });
});

describe('a policy', () => {
  it('completes itself, and means the same when it is compiled again', () => {
    const { policy: complete } = policy({ parts: [{ name: 'env', values: ['dev', 'prd', 'dev'] }] });
    expect(complete.parts).toEqual([
      { name: 'env', values: ['dev', 'prd'] }, { name: 'service', pattern: '[a-z][a-z0-9]*(-[a-z0-9]+)*' }, { name: 'jira', pattern: '[a-z]+-[0-9]+' }, { name: 'type', pattern: '[a-z0-9]+([.-][a-z0-9]+)*' },
    ]);
    expect(compileNamingPolicy(JSON.parse(JSON.stringify(complete)) as NamingPolicyInput).policy).toEqual(complete);
  });

  it('has exemptions by name, prefix and pattern, instead of the shipped ones', () => {
    const own = policy({ exemptions: { names: ['legacy'], prefixes: ['old.'], patterns: ['tmp-[0-9]+'] } });
    expect(['legacy', 'old.x', 'tmp-1', 'legacy2', '__x', 'tmp-'].map((name) => evaluateName(own, name).exemption)).toEqual(['the name legacy', 'the prefix old.', 'the pattern tmp-[0-9]+', null, null, null]);
  });

  it.each<[string, object]>([
    ['/mode', { mode: 'strict' }],
    ['/template', { template: '' }], ['/template', { template: 'env.team' }], ['/template', { template: '<env>-<team>' }], ['/template', { template: '<Env>' }],
    ['/template', { template: '<env>.<env>' }], ['/template', { template: Array.from({ length: 11 }, (_, i) => `<p${i}>`).join('.') }], ['/template', { template: `<${'x'.repeat(33)}>` }],
    ['/template', { template: 5 }], ['/template', { template: '<__proto__>' }],
    ['/parts', { parts: {} }], ['/parts/0', { parts: [null] }], ['/parts/0/name', { parts: [{ name: 'team', values: ['a'] }] }],
    ['/parts/1/name', { parts: [{ name: 'env', values: ['a'] }, { name: 'env', values: ['b'] }] }],
    ['/parts/0', { parts: [{ name: 'env' }] }], ['/parts/0', { parts: [{ name: 'env', values: ['a'], pattern: 'a' }] }],
    ['/parts/0/values', { parts: [{ name: 'env', values: [] }] }], ['/parts/0/values', { parts: [{ name: 'env', values: 'dev' }] }],
    ['/parts/0/values/1', { parts: [{ name: 'env', values: ['dev', 'a b'] }] }], ['/parts/0/values/0', { parts: [{ name: 'env', values: ['a.b'] }] }],
    ['/parts/0/values', { parts: [{ name: 'env', values: Array.from({ length: 501 }, (_, i) => `v${i}`) }] }],
    ['/parts/0/pattern', { parts: [{ name: 'env', pattern: '(' }] }], ['/parts/0/pattern', { parts: [{ name: 'env', pattern: '\\.' }] }], ['/parts/0/pattern', { parts: [{ name: 'env', pattern: '()' }] }],
    ['/parts', { parts: [{ name: 'env', pattern: 'a{200}' }, { name: 'service', pattern: 'a{100}' }] }],
    ['/exemptions/names/0', { exemptions: { names: ['é'] } }], ['/exemptions/prefixes/0', { exemptions: { prefixes: [''] } }], ['/exemptions/patterns/0', { exemptions: { patterns: ['*'] } }],
    ['/exemptions', { exemptions: 7 }], ['/exemptions/patterns/8', { exemptions: { patterns: Array.from({ length: 200 }, () => '(a?|b?){60}x') } }],
    ['/parts/8/pattern', { template: Array.from({ length: 9 }, (_, i) => `<p${i}>`).join('.'), parts: Array.from({ length: 9 }, (_, i) => ({ name: `p${i}`, pattern: '(a?|b?){60}x' })) }], ['/exemptions/names', { exemptions: { names: Array.from({ length: 201 }, (_, i) => `n${i}`) } }],
  ])('is refused at %s: %j', (pointer, input) => {
    expect(() => policy(input)).toThrow(failingAt(pointer));
  });
});

describe('a proposal', () => {
  it.each([
    ['DEV.Email_Sender.JIRA-1234.Email_VO', 'dev.email-sender.jira-1234.email-vo', []],
    ['pro.payment.jira-1.json', 'prd.payment.jira-1.json', []],
    ['email-sender.jira-1234.email-vo.custom', 'dev.email-sender.jira-1234.email-vo.custom', ['env']],
    ['dev.email-sender.email-vo', 'dev.email-sender.jira-1.email-vo', ['jira']],
    ['dev_payments_jira-7_json', 'dev.payments.jira-7.json', []],
    ['orders', 'dev.orders.jira-1.type', ['env', 'jira', 'type']],
    ['Old_Topic', 'dev.old-topic.jira-1.type', ['env', 'jira', 'type']],
    ['', 'dev.service.jira-1.type', ['env', 'service', 'jira', 'type']],
    ['dev.email sender.jira-1.json', 'dev.email-sender.jira-1.json', []],
  ])('for %j is %s', (name, topicName, placeholders) => {
    expect(proposeName(policy({}), name)).toEqual({ topicName, placeholders });
  });

  it('is the name itself when that fits', () => {
    expect(proposeName(policy({}), 'dev.a.b-1.c')).toEqual({ topicName: 'dev.a.b-1.c', placeholders: [] });
  });

  it('fits, whatever the name and the policy; nothing throws, and messages are short', () => {
    const draw = random(20261122);
    const alphabet = 'abcXYZ019._-.. /é\u0000\ud800𝒳';
    const own = [
      policy({ template: '<a>', parts: [{ name: 'a', pattern: '(ab|c){3}[0-9_]{2}(x.y)?' }] }), policy({ template: '<kind>.<year>', parts: [{ name: 'kind', values: ['Fact', 'dim_x'] }, { name: 'year', pattern: '(19|20)\\d{2}' }] }),
      policy({ parts: [{ name: 'service', pattern: 'S[A-Z]{20,200}' }] }), policy({ template: '<x>', parts: [{ name: 'x', pattern: '.*' }] }), policy({ parts: [{ name: 'type', values: ['a.b.c', 'x'] }] }),
    ];
    for (let round = 0; round < 150; round += 1) {
      const length = draw(10) === 0 ? draw(400) : draw(40);
      let name = Array.from({ length }, () => alphabet[draw(alphabet.length)]).join('');
      if (draw(3) === 0) name = `dev.${name}.jira-1.json`;
      for (const compiled of [...shipped, ...own]) {
        const verdict = evaluateName(compiled, name);
        const { topicName } = proposeName(compiled, name);
        if (!evaluateName(compiled, topicName).fits) throw new Error(`${JSON.stringify(name)} → ${JSON.stringify(topicName)} under ${compiled.policy.template}`);
        if (verdict.fits) expect(topicName).toBe(name);
        const message = explainVerdict(verdict, compiled.policy.template, topicName);
        expect(message.length).toBeLessThanOrEqual(namingLimits.messageLengthMax);
        expect(message.endsWith(`Try "${topicName}".`)).toBe(true);
      }
    }
  });

  it('takes little time for hostile policies and names', () => {
    const dense = policy({ template: '<p0>.<p1>.<p2>.<p3>', parts: [0, 1, 2, 3].map((i) => ({ name: `p${i}`, pattern: '(a|b?|c*|[^z]+){60}x' })), exemptions: { patterns: ['.*-x'] } });
    const started = process.cpuUsage();
    for (const name of ['y'.repeat(248), 'a.'.repeat(124), 'z'.repeat(1_000_000), `${'a'.repeat(240)}.z`]) expect(evaluateName(dense, proposeName(dense, name).topicName).fits).toBe(true);
    const { user } = process.cpuUsage(started);
    expect(user / 1_000).toBeLessThan(2_000);
  });
});

describe('an explanation', () => {
  it('has room for the reason and the proposal, however long the name', () => {
    const compiled = policy({});
    const name = `prd.${'x'.repeat(200)}.jira-1.Json`;
    const { topicName } = proposeName(compiled, name);
    const message = explainVerdict(evaluateName(compiled, name), compiled.policy.template, topicName);
    expect(message).toMatch(/^Topic name "prd\.x{73}\.\.\." doesn't follow .*<type>: "Json" has capital letters.* Try "prd\.x{200}\.jira-1\.json"\.$/);
    expect(message.length).toBeLessThanOrEqual(500);
  });


  it('names the parts that are wrong and what would be right', () => {
    const compiled = policy({});
    const verdict = evaluateName(compiled, 'prodd.pay.json');
    expect(explainVerdict(verdict, compiled.policy.template, proposeName(compiled, 'prodd.pay.json').topicName)).toBe('Topic name "prodd.pay.json" doesn\'t follow the naming policy <env>.<service>.<jira>.<type>. '
      + '<env>: "prodd" isn\'t among them, expected one of dev, test, qa, uat, stg, staging, prd, prod, live; <jira>: "json" doesn\'t match, expected the pattern [a-z]+-[0-9]+; '
      + '<type>: it is missing, expected the pattern [a-z0-9]+([.-][a-z0-9]+)*. Try "prod.pay.jira-1.json".');
  });
});
