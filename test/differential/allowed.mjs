// Where the embedded broker may answer otherwise than Apache Kafka, each with its reason. docs/compat/kafka-differences.md says the same to people.
const CONFIGS = /^(DescribeConfigs|CreateTopics|AlterConfigs|IncrementalAlterConfigs)$/;
const ALLOWED = [
  { api: /./, path: /errorMessage$/i, when: ({ kafka, ours }) => blank(kafka) && blank(ours), reason: 'no message: Kafka says "", "NONE" or null, which no client tells apart' },
  { api: /./, path: /errorMessage$/i, when: ({ kafka, ours }) => blank(kafka) && !blank(ours), reason: 'our refusals carry a text where Kafka sends only a code' },
  { api: /./, path: /errorMessage$/i, when: ({ kafka }) => kafka.startsWith('"This most likely occurs because of a request being malformed'), reason: 'our refusals say what is wrong where Kafka sends its general text' },
  { api: /^ApiVersions$/, path: /^(apiKeys|supportedFeatures|finalizedFeatures)\[\]/, reason: 'what is not served yet is not advertised: transactions, KIP-848, share and streams groups, ELR' },
  { api: /^ApiVersions$/, path: /^(supportedFeatures|finalizedFeatures)\[/, reason: 'what is not served yet is not advertised: transactions, KIP-848, share and streams groups, ELR' },
  { api: /^ApiVersions$/, path: /^finalizedFeaturesEpoch$/, reason: 'the feature epoch is an offset of the metadata log' },
  { api: CONFIGS, path: /min\.insync\.replicas\]\.(configSource|synonyms)/, reason: 'a new Kafka cluster has min.insync.replicas=1 as a dynamic default because of ELR, which is not served' },
  { api: /^DescribeConfigs$/, what: /the brokers' default$/, path: /^results\[0\]\.configs\[\]$/, reason: 'a new Kafka cluster has min.insync.replicas=1 as a dynamic default because of ELR, which is not served' },
  { api: /^DescribeConfigs$/, path: /\.documentation$/, reason: 'settings are documented in our own words' },
  { api: /^DescribeConfigs$/, what: /: a broker$/, path: /\.readOnly$/, reason: 'broker settings that take effect only at a restart here are shown as read-only' },
  { api: /^DescribeConfigs$/, what: /: a broker$/, path: /\[(log\.dirs|listeners|advertised\.listeners|controller\.quorum\.bootstrap\.servers)\]/, reason: 'each side has its own directories and ports' },
  { api: /^DescribeConfigs$/, what: /: a broker$/, path: /\[(max\.connections|max\.connections\.per\.ip)\]/, reason: 'connections have a limit where none is set, and it is shown' },
  { api: /^DescribeConfigs$/, what: /: a broker$/, path: /\[(broker\.id)\]/, reason: 'Kafka shows node.id as broker.id too' },
  { api: /^DescribeConfigs$/, what: /: a broker$/, path: /^results\[1\]\.configs\[\]$/, reason: 'Kafka lists server.properties keys that it does not know (super.users)' },
  { api: /^(DescribeConfigs|IncrementalAlterConfigs|ListConfigResources)$/, what: /(loggers|a group|a group without a name|client metrics|type 8|: all)$/, reason: 'loggers, group settings and client metrics are no resources here' },
  { api: /^DescribeConfigs$/, what: /a broker that is no number$/, path: /errorMessage$/, reason: 'another text for the same code' },
  { api: /^(Incremental)?AlterConfigs$/, what: /min\.cleanable\.dirty\.ratio=2$/, path: /errorMessage$/, reason: 'another text for the same code' },
  { api: /^IncrementalAlterConfigs$/, what: /broker '1?' (log\.cleaner\.threads|num\.io\.threads|no\.such|listeners|min\.insync\.replicas)=/, reason: 'settings of a broker that would not take effect at run time are refused instead of stored' },
  { api: /^IncrementalAlterConfigs$/, what: /an unknown operation$/, reason: 'Kafka answers UNKNOWN_SERVER_ERROR or closes the connection for what a caller did wrong' },
  { api: /^AlterConfigs$/, what: /a resource twice$/, reason: 'Kafka answers UNKNOWN_SERVER_ERROR or closes the connection for what a caller did wrong' },
  { api: /^(Create|Describe|Delete)Acls$/, what: /(Any|Unknown|Match|permission 0|an unknown resource|an unknown operation|a good and a bad one)$/, reason: 'Kafka answers UNKNOWN_SERVER_ERROR or closes the connection for what a caller did wrong' },
  { api: /^(Alter|Describe)UserScramCredentials$/, what: /(no salted password)$/, path: /errorCode$/, reason: 'Kafka answers UNKNOWN_SERVER_ERROR or closes the connection for what a caller did wrong' },
  { api: /^AlterClientQuotas$/, what: /a key twice$/, path: /errorMessage$/, reason: 'another text for the same code' },
  { api: /^CreateAcls$/, what: /an empty name$/, path: /errorMessage$/, reason: 'another text for the same code' },
  { api: /^Produce$/, what: /an unknown codec$/, path: /(errorCode|logStartOffset)$/, reason: 'Kafka answers UNKNOWN_SERVER_ERROR or closes the connection for what a caller did wrong' },
  { api: /^Produce$/, what: /unsound inside: /, path: /(errorCode|baseOffset|logStartOffset|errorMessage)$/, reason: 'a batch is looked into only where a rule needs its records; elsewhere it is stored as it came, signed as it is' },
  { api: /^Produce$/, what: /a transactional batch$/, path: /(errorCode|logStartOffset)$/, reason: 'transactions are not served yet' },
  { api: /^FindCoordinator$/, what: /(a transaction|type 2)$/, reason: 'transactions and share groups are not served: UNSUPPORTED_VERSION says so at once, and clients do not try again' },
  { api: /^Fetch$/, path: /abortedTransactions$/, when: ({ kafka, ours }) => kafka === '[]' && ours === 'null', reason: 'no aborted transactions: empty or null, which no client tells apart' },
  { api: /^Metadata$/, what: /v1[23]: by ids and name$/, path: /^topics\[\]$/, reason: 'a topic asked for by name and by id is answered to each' },
  { api: /^Metadata$/, what: /v1[01]: by id$/, reason: 'asking by id before version 12 refuses the topic; Kafka leaves brokers and cluster out of that answer too' },
];

const blank = (text) => ['null', '""', '"NONE"'].includes(text);
export const usedReasons = new Map();

/** The reason why a difference is one on purpose; undefined when it is not. */
export function allowedReason(difference) {
  const rule = ALLOWED.find((each) => each.api.test(difference.what.split(' ')[0]) && (each.what ?? /./).test(difference.what) && (each.path ?? /^/).test(difference.path) && (each.when?.(difference) ?? true));
  if (rule) usedReasons.set(rule.reason, (usedReasons.get(rule.reason) ?? 0) + 1);
  return rule?.reason;
}
