// Reads the message tables of libs/kafka/protocol/tables (notation: README.md there) into plain objects.

/** "3-13" | "9+" | "4" within [low, high] → [from, to] */
function range(text, [low, high]) {
  if (text.endsWith('+')) return [Math.max(low, Number(text.slice(0, -1))), high];
  const [from, to] = text.split('-').map(Number);
  return [Math.max(low, from), Math.min(high, to ?? from)];
}

function parseField(words, versions) {
  const [name, type, ...rest] = words;
  const field = { name, type, versions, nullable: null, default: null, tag: null, ignorable: false, fields: [] };
  for (const word of rest) {
    if (word === '~') field.ignorable = true;
    else if (word.startsWith('?')) field.nullable = word.length > 1 ? range(word.slice(1), versions) : versions;
    else if (word.startsWith('=')) field.default = word.slice(1);
    else if (word.startsWith('#')) field.tag = Number(word.slice(1));
    else if (/^\d/.test(word)) field.versions = range(word, versions);
    else throw new Error(`unknown word '${word}' in field '${name}'`);
  }
  return field;
}

/** @returns {{kind: string, apiKey: number | null, name: string, versions: [number, number], flexibleFrom: number | null, structs: object[], fields: object[]}[]} */
export function parseTable(text) {
  const messages = [];
  let stack = [];
  for (const line of text.split('\n')) {
    if (!line.trim() || line.startsWith('#')) continue;
    const depth = (line.length - line.trimStart().length) / 2;
    const words = line.trim().split(/\s+/);
    if (depth === 0) {
      const kind = words.shift();
      const apiKey = /^\d+$/.test(words[0]) ? Number(words.shift()) : null;
      const [name, versionText, flex, flexText] = words;
      const [from, to] = versionText.split('-').map(Number);
      const versions = [from, to ?? from];
      const message = { kind, apiKey, name, versions, flexibleFrom: flex ? range(flexText, versions)[0] : null, structs: [], fields: [] };
      messages.push(message);
      stack = [message];
      continue;
    }
    const message = stack[0];
    const parent = stack[depth - 1];
    if (!parent) throw new Error(`bad indentation: ${line}`);
    let node;
    if (words[0] === 'struct') {
      node = { name: words[1], fields: [] };
      message.structs.push(node);
    } else {
      node = parseField(words, message.versions);
      parent.fields.push(node);
    }
    stack[depth] = node;
    stack.length = depth + 1;
  }
  return messages;
}
