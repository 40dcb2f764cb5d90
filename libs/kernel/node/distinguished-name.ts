/**
 * A certificate's subject as Kafka prints it: RFC 2253, last relative name first (`CN=x,O=y`). Node gives one escaped relative name a
 * line, in the certificate's own order.
 */
export function distinguishedName(subject: string): string {
  return subject.split('\n').filter((line) => line !== '').reverse().map((line) => line.split(' + ').join('+')).join(',');
}
