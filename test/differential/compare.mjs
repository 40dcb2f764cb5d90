// Two decoded answers, field by field. What two brokers can't but differ in stands for itself: ids that each makes, ports, the order of what Kafka keeps in hash maps.

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=-)[\w-]{22}$/;
const MADE = {
  topicId: (value) => (/^A{21}/.test(value) ? value : '<topic id>'), port: (value) => (value > 0 ? '<port>' : value), sessionId: (value) => (value === 0 ? 0 : '<session id>'),
  producerId: (value) => (value < 0 ? value : '<producer id>'), logAppendTimeMs: (value) => (value < 0 ? value : '<time>'), finalizedFeaturesEpoch: (value) => (value < 0 ? value : '<epoch>'),
};
/** Topics and groups that a question made for one version. */
const OWN_NAME = /\b[a-z]{6,}-\d+\b/g;
const MEMBER = new Set(['memberId', 'leader']);

function plain(value, key) {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (MADE[key]) return MADE[key](value);
  if (MEMBER.has(key) && typeof value === 'string') return value.replace(UUID, '<uuid>');
  if (Array.isArray(value)) return value.map((each) => plain(each, ''));
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each, name)]));
  // Topic ids appear in texts too.
  return typeof value === 'string' ? value.replace(/(?<=topic with ID )[\w-]{22}/, '<topic id>').replace(OWN_NAME, '<name>').replaceAll(/\b1[789]\d{11}\b/g, '<ms>') : value;
}

const NAMES = ['name', 'groupId', 'key', 'topic', 'resourceName', 'apiKey', 'partitionIndex', 'partition', 'memberId', 'principal'];
const nameOf = (item) => (item && typeof item === 'object' ? NAMES.filter((name) => name in item).map((name) => String(item[name]).padStart(12, '0')).join('/') : String(item));

/** Answers list things in any order: by name they are compared. */
function inOrder(list) {
  return list.every((item) => item && typeof item === 'object') ? [...list].sort((a, b) => compareText(nameOf(a), nameOf(b)) || compareText(JSON.stringify(a), JSON.stringify(b))) : list;
}
const compareText = (a, b) => (a < b ? -1 : Number(a > b));

function walk(kafka, ours, path, found) {
  if (Array.isArray(kafka) && Array.isArray(ours)) {
    const [theirs, mine] = [inOrder(kafka), inOrder(ours)];
    const [theirNames, myNames] = [theirs.map(nameOf), mine.map(nameOf)];
    if (theirs.length !== mine.length || theirNames.some((name, i) => name !== myNames[i])) {
      const lacking = theirNames.filter((name) => !myNames.includes(name));
      const extra = myNames.filter((name) => !theirNames.includes(name));
      if (lacking.length || extra.length || theirs.length !== mine.length) found.push({ path: `${path}[]`, kafka: `has ${lacking.join(' ') || theirs.length}`, ours: `has ${extra.join(' ') || mine.length}` });
      for (const [i, name] of theirNames.entries()) if (myNames.includes(name)) walk(theirs[i], mine[myNames.indexOf(name)], `${path}[${name.replace(/^0+(?=.)/, '')}]`, found);
      return;
    }
    theirs.forEach((item, i) => walk(item, mine[i], `${path}[${theirNames[i].replace(/^0+(?=.)/, '')}]`, found));
    return;
  }
  if (kafka && ours && typeof kafka === 'object' && typeof ours === 'object') {
    for (const key of Object.keys(kafka)) walk(kafka[key], ours[key], path ? `${path}.${key}` : key, found);
    return;
  }
  if (kafka !== ours) found.push({ path, kafka: JSON.stringify(kafka), ours: JSON.stringify(ours) });
}

export function differences(kafka, ours) {
  const found = [];
  walk(plain(kafka, ''), plain(ours, ''), '', found);
  return found;
}
