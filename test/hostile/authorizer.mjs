// The same random ACLs and questions to our authorizer and to Apache Kafka's StandardAuthorizer: every decision must agree.
// node test/hostile/authorizer.mjs [--decisions 100000] [--seed 1]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createReport } from '../support/platform.mjs';
import { createRandom } from './drafts.mjs';

const { createAuthorizer } = await import('../../dist/libs/engine/security/index.js');
const { values } = parseArgs({ options: { decisions: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } } });
const decisions = Number(values.decisions);
const report = createReport(`our authorizer and Apache Kafka's StandardAuthorizer: ${decisions} decisions, seed ${values.seed}`);
const QUESTIONS_PER_SET = 200;
const random = createRandom(Number(values.seed));

const TYPES = [2, 3, 4, 5];
const NAMES = ['a', 'ab', 'abc', 'abd', 'b', 'ba', 'A', 'a.b', 'a-b', 'kafka-cluster'];
const PRINCIPALS = ['User:alice', 'User:bob', 'User:sa-1', 'Group:alice', 'User:root'];
const HOSTS = ['127.0.0.1', '10.0.0.1', '10.0.0.2'];
const OPERATIONS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

const aclOf = (index) => {
  const patternType = random.pick([3, 3, 4]);
  return {
    id: String(index), resourceType: random.pick(TYPES), patternType, resourceName: patternType === 3 && random.chance(0.25) ? '*' : random.pick(NAMES).slice(0, patternType === 4 ? 1 + random.below(3) : undefined),
    principal: random.chance(0.2) ? 'User:*' : random.pick(PRINCIPALS), host: random.chance(0.6) ? '*' : random.pick(HOSTS), operation: random.pick(OPERATIONS), permissionType: random.chance(0.25) ? 2 : 3,
  };
};

const lines = [];
const ours = [];
const asked = [];
for (let done = 0; done < decisions; done += QUESTIONS_PER_SET) {
  // Kafka keeps no ACL twice.
  const acls = [...new Map(Array.from({ length: random.below(40) }, (_, index) => aclOf(index)).map((acl) => [JSON.stringify({ ...acl, id: '' }), acl])).values()];
  lines.push('reset', ...acls.map((acl) => ['acl', acl.resourceType, acl.patternType, acl.resourceName, acl.principal, acl.host, acl.operation, acl.permissionType].join('\t')));
  const image = { acls: new Map(acls.map((acl) => [acl.id, acl])) };
  const authorizer = createAuthorizer({ controller: { image, onImage: () => undefined }, principals: { hasGrant: () => false }, superUsers: ['User:root'] });
  for (let count = 0; count < QUESTIONS_PER_SET; count++) {
    const [principal, host, operation, type] = [random.pick(PRINCIPALS), random.pick(HOSTS), random.pick(OPERATIONS.slice(1)), random.pick(TYPES)];
    const [kind, name] = principal.split(':');
    const byType = random.chance(0.3);
    const resource = random.pick(NAMES);
    lines.push(byType ? ['any', principal, host, operation, type].join('\t') : ['ask', principal, host, operation, type, resource].join('\t'));
    ours.push((byType ? authorizer.authorizeByResourceType({ type: kind, name }, host, operation, type) : authorizer.authorize({ type: kind, name }, host, operation, type, resource)) ? '1' : '0');
    asked.push({ question: lines.at(-1), acls });
  }
}

const jars = join(process.env.KAFKA_LAB_HOME ?? join(homedir(), '.cache/kafka-lab'), 'libs');
if (!existsSync(jars)) report.skipped(`no Apache Kafka in ${jars}: run tools/kafka-lab/kafka-lab setup`);
else {
  const oracle = spawnSync('java', ['-cp', `${jars}/*`, fileURLToPath(new URL('./AuthorizerOracle.java', import.meta.url))], { input: `${lines.join('\n')}\n`, encoding: 'utf8', maxBuffer: 1 << 28 });
  const theirs = /decisions ([01]*)/.exec(oracle.stdout)?.[1] ?? '';
  if (theirs.length !== ours.length) report.line(false, `the oracle answered ${theirs.length} of ${ours.length}: ${oracle.stderr.slice(0, 3000)}`);
  else {
    const different = ours.flatMap((decision, index) => (decision === theirs[index] ? [] : [index]));
    report.line(different.length === 0, `${ours.length} decisions (${ours.filter((each) => each === '1').length} allowed), ${different.length} differ`);
    for (const index of different.slice(0, 3)) console.log(`      ours ${ours[index]}: ${asked[index].question}\n        ${asked[index].acls.map((acl) => Object.values(acl).slice(1).join(' ')).join('\n        ')}`);
  }
}
report.end();
