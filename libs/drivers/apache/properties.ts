import { formatProperties as format } from '#libs/drivers/nodes';

/** For a JVM, which reads such files as Latin-1: every other sign by its number. */
export function formatProperties(properties: ReadonlyMap<string, string>): string {
  return format(properties).replaceAll(/[^\x20-\x7e\n\t\f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Of what Kafka itself writes (meta.properties): one `key=value` a line, comments with `#`. */
export function parseProperties(text: string): Map<string, string> {
  return new Map(text.split('\n').flatMap((line) => {
    const match = /^\s*([^#!\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    return match ? [[match[1]!, match[2]!.replaceAll(/\\(.)/g, '$1')] as const] : [];
  }));
}
