// Where the embedded broker may answer otherwise than Apache Kafka, each with its reason. docs/compat/kafka-differences.md says the same to people.
const ALLOWED = [
];

export const usedReasons = new Map();

/** The reason why a difference is one on purpose; undefined when it is not. */
export function allowedReason(difference) {
  const rule = ALLOWED.find((each) => each.api.test(difference.api) && (each.what ?? /./).test(difference.what) && (each.path ?? /^/).test(difference.path));
  if (rule) usedReasons.set(rule.reason, (usedReasons.get(rule.reason) ?? 0) + 1);
  return rule?.reason;
}
