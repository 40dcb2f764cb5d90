/** Java's properties format: a backslash, a line's end and a leading space would otherwise change meaning. Read as UTF-8 or Latin-1 alike. */
export function formatProperties(properties: ReadonlyMap<string, string>): string {
  return [...properties].map(([key, value]) => `${escaped(key).replaceAll(/[=: #!]/g, (sign) => `\\${sign}`)}=${escaped(value)}\n`).join('');
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replace(/^ /, '\\ ')
  .replaceAll(/[^\x20-\x7e\\]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Of what Kafka itself writes (meta.properties): one `key=value` a line, comments with `#`. */
export function parseProperties(text: string): Map<string, string> {
  return new Map(text.split('\n').flatMap((line) => {
    const match = /^\s*([^#!\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    return match ? [[match[1]!, match[2]!.replaceAll(/\\(.)/g, '$1')] as const] : [];
  }));
}
