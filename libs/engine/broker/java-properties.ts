/** Java's properties format: comments, `=`, `:` or space between key and value, continued lines, escapes. The last of two equal keys counts. */

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescape(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S])|$)/g, (_whole, code: string | undefined, character: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return character === undefined ? '' : ESCAPES[character] ?? character;
  });
}

/** Lines as they are meant: comments gone, continued ones joined. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | null = null;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.replace(/^[ \t\f]+/, '');
    if (open === null && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const whole: string = (open ?? '') + line;
    const trailing = /\\*$/.exec(line)![0].length;
    if (trailing % 2 === 1) {
      open = whole.slice(0, -1);
      continue;
    }
    lines.push(whole);
    open = null;
  }
  if (open !== null) lines.push(open);
  return lines;
}

export function parseJavaProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [, key, value] = /^((?:\\[\s\S]|[^\\=: \t\f])*)(?:[ \t\f]*[=:]?[ \t\f]*)([\s\S]*)$/.exec(line)!;
    properties.set(unescape(key!), unescape(value!));
  }
  return properties;
}
