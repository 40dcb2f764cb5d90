// Turns one parsed message into TypeScript: interfaces, a reader and a writer per struct, straight-line with version conditions.

const PRIMITIVES = {
  bool: ['boolean', 'false'], int8: ['number', '0'], int16: ['number', '0'], uint16: ['number', '0'], int32: ['number', '0'], int64: ['number', '0'],
  float64: ['number', '0'], string: ['string', "''"], uuid: ['string', 'ZERO_UUID'], bytes: ['Buffer', 'EMPTY'], records: ['Buffer', 'EMPTY'],
};

export function emitMessage(message) {
  const out = [];
  const [low, high] = message.versions;
  const shared = new Map(message.structs.map((s) => [s.name, s]));
  const declared = new Set();
  const flexible = message.flexibleFrom === null ? 'false' : message.flexibleFrom <= low ? 'true' : `v >= ${message.flexibleFrom}`;

  const element = (type) => (type.startsWith('[]') ? type.slice(2) : type);
  const isStruct = (type) => !(element(type) in PRIMITIVES);
  const structName = (type) => `${message.name}${element(type)}`;
  const tsType = (field) => {
    const base = isStruct(field.type) ? structName(field.type) : PRIMITIVES[element(field.type)][0];
    return `${field.type.startsWith('[]') ? `${base}[]` : base}${field.nullable ? ' | null' : ''}`;
  };
  const defaultOf = (field) => {
    if (field.default === 'null') return 'null';
    if (field.type.startsWith('[]')) return '[]';
    if (isStruct(field.type)) return `default${structName(field.type)}()`;
    if (field.default === null) return PRIMITIVES[field.type][1];
    if (field.type === 'string') return `'${field.default}'`;
    if (field.type === 'int64' && field.default.length > 16) return field.default.startsWith('-') ? 'Number.MIN_SAFE_INTEGER' : 'Number.MAX_SAFE_INTEGER';
    return field.default;
  };
  const inVersions = ([from, to]) => {
    const parts = [];
    if (from > low) parts.push(`v >= ${from}`);
    if (to < high) parts.push(`v <= ${to}`);
    return parts.length ? parts.join(' && ') : null;
  };

  function declare(name, fields) {
    if (declared.has(name)) return;
    declared.add(name);
    for (const field of fields) if (isStruct(field.type)) declare(structName(field.type), field.fields.length ? field.fields : shared.get(element(field.type)).fields);
    const needsFlex = flexible !== 'false';
    out.push(`export interface ${name} {`, ...fields.map((f) => `  ${f.name}: ${tsType(f)};`), '}', '');
    out.push(`function default${name}(): ${name} {`, `  return { ${fields.map((f) => `${f.name}: ${defaultOf(f)}`).join(', ')} };`, '}', '');
    out.push(`function read${name}(r: Reader, v: number): ${name} {`);
    if (needsFlex && flexible !== 'true') out.push(`  const flex = ${flexible};`);
    out.push(`  const o = default${name}();`);
    for (const f of fields) if (f.tag === null) out.push(...readField(f));
    if (needsFlex) {
      const tagged = fields.filter((f) => f.tag !== null);
      const lines = tagged.length
        ? ['r.tags((tag, size) => {', '  switch (tag) {', ...tagged.map((f) => `    case ${f.tag}: ${f.versions[0] > low ? `if (v < ${f.versions[0]}) { r.skip(size); return; } ` : ''}{ ${readValue(f)} return; }`), '    default: r.skip(size);', '  }', '});']
        : ['r.skipTags();'];
      out.push(...(flexible === 'true' ? lines.map((l) => `  ${l}`) : ['  if (flex) {', ...lines.map((l) => `    ${l}`), '  }']));
    }
    out.push('  return o;', '}', '');
    out.push(`function write${name}(w: Writer, v: number, o: Draft<${name}>): void {`);
    if (needsFlex && flexible !== 'true') out.push(`  const flex = ${flexible};`);
    for (const f of fields) if (f.tag === null) out.push(...writeField(f, name));
    if (needsFlex) {
      const tagged = fields.filter((f) => f.tag !== null).sort((a, b) => a.tag - b.tag);
      const lines = [];
      if (!tagged.length) lines.push('w.uvarint(0);');
      else {
        lines.push('const tags: [number, (w: Writer) => void][] = [];');
        for (const f of tagged) {
          const condition = [f.versions[0] > low ? `v >= ${f.versions[0]}` : null, isPresent(f)].filter(Boolean).join(' && ');
          lines.push(`if (${condition}) tags.push([${f.tag}, (w) => { ${writeValue(f)} }]);`);
        }
        lines.push('w.tags(tags);');
      }
      out.push(...(flexible === 'true' ? lines.map((l) => `  ${l}`) : ['  if (flex) {', ...lines.map((l) => `    ${l}`), '  }']));
    }
    out.push('}', '');
  }

  const flexArg = flexible === 'true' ? 'true' : flexible === 'false' ? 'false' : 'flex';
  // In a tagged section the encoding is always flexible.
  const flexOf = (f) => (f.tag !== null ? 'true' : flexArg);
  function isPresent(f) {
    if (f.type.startsWith('[]')) return f.default === 'null' ? `o.${f.name} != null` : f.nullable ? `(o.${f.name} === null || (o.${f.name} !== undefined && o.${f.name}.length > 0))` : `o.${f.name} !== undefined && o.${f.name}.length > 0`;
    if (isStruct(f.type)) return f.nullable ? `o.${f.name} != null` : `o.${f.name} !== undefined && !sameFields(o.${f.name}, default${structName(f.type)}())`;
    if (f.default === 'null') return `o.${f.name} != null`;
    if (f.type === 'bytes') return `o.${f.name} !== undefined && o.${f.name}.length > 0`;
    return `o.${f.name} !== undefined && o.${f.name} !== ${defaultOf(f)}`;
  }
  const nullableExpression = (f) => {
    if (!f.nullable) return 'false';
    return inVersions(f.nullable) ?? 'true';
  };
  function readExpression(type, f) {
    const flex = flexOf(f);
    const nullable = nullableExpression(f);
    switch (type) {
      case 'string': return nullable === 'false' ? `r.string(${flex})` : nullable === 'true' ? `r.nullableString(${flex})` : `${nullable} ? r.nullableString(${flex}) : r.string(${flex})`;
      case 'bytes': return nullable === 'false' ? `r.bytes(${flex})` : nullable === 'true' ? `r.nullableBytes(${flex})` : `${nullable} ? r.nullableBytes(${flex}) : r.bytes(${flex})`;
      case 'records': return `r.nullableBytes(${flex})`;
      default: return `r.${type}()`;
    }
  }
  function readValue(f) {
    if (f.type.startsWith('[]')) {
      const item = isStruct(f.type) ? `read${structName(f.type)}(r, v)` : readExpression(element(f.type), { ...f, nullable: null });
      const length = `r.arrayLength(${flexOf(f)})`;
      const body = `const list: ${tsType({ ...f, nullable: null })} = []; for (let i = 0; i < n; i++) list.push(${item}); o.${f.name} = list;`;
      if (f.nullable) return `const n = ${length}; if (n < 0) { ${nullableExpression(f) === 'true' ? '' : `if (!(${nullableExpression(f)})) throw nullNotAllowed('${f.name}'); `}o.${f.name} = null; } else { ${body} }`;
      return `const n = ${length}; if (n < 0) throw nullNotAllowed('${f.name}'); ${body}`;
    }
    if (isStruct(f.type)) {
      if (f.nullable) return `o.${f.name} = r.int8() < 0 ? null : read${structName(f.type)}(r, v);`;
      return `o.${f.name} = read${structName(f.type)}(r, v);`;
    }
    if (f.type === 'records' && !f.nullable) return `o.${f.name} = ${readExpression(f.type, f)} ?? EMPTY;`;
    return `o.${f.name} = ${readExpression(f.type, f)};`;
  }
  function readField(f) {
    const condition = inVersions(f.versions);
    const value = readValue(f);
    const scoped = f.type.startsWith('[]') ? `{ ${value} }` : value;
    return [condition ? `  if (${condition}) ${scoped}` : `  ${scoped}`];
  }
  function writeExpression(type, f, value) {
    const flex = flexOf(f);
    const nullable = nullableExpression(f);
    switch (type) {
      case 'string': case 'bytes': {
        const plain = `w.${type}(${value}, ${flex})`;
        const loose = `w.nullable${type === 'string' ? 'String' : 'Bytes'}(${value}, ${flex})`;
        if (nullable === 'false') return plain;
        if (nullable === 'true') return loose;
        return `if (${nullable}) ${loose}; else w.${type}(notNull(${value}, '${f.name}'), ${flex})`;
      }
      case 'records': return `w.nullableBytes(${value}, ${flex})`;
      default: return `w.${type}(${value})`;
    }
  }
  function writeValue(f) {
    const value = `o.${f.name}`;
    if (f.type.startsWith('[]')) {
      const item = isStruct(f.type) ? `write${structName(f.type)}(w, v, item);` : `${writeExpression(element(f.type), { ...f, nullable: null }, 'item')};`;
      const absent = f.default === 'null' ? 'null' : '[]';
      const list = `const list = ${value}${absent === 'null' ? ' ?? null' : f.nullable ? ` === undefined ? [] : ${value}` : ' ?? []'};`;
      const body = `w.arrayLength(list.length, ${flexOf(f)}); for (const item of list) { ${item} }`;
      if (!f.nullable) return `${list} ${body}`;
      const guard = nullableExpression(f) === 'true' ? '' : `if (!(${nullableExpression(f)})) throw nullNotAllowed('${f.name}'); `;
      return `${list} if (list === null) { ${guard}w.arrayLength(-1, ${flexOf(f)}); } else { ${body} }`;
    }
    if (isStruct(f.type)) {
      if (f.nullable) return `if (${value} == null) w.int8(-1); else { w.int8(1); write${structName(f.type)}(w, v, ${value}); }`;
      return `write${structName(f.type)}(w, v, ${value} ?? {});`;
    }
    const fallback = f.nullable && f.default !== 'null' ? `${value} === undefined ? ${defaultOf(f)} : ${value}` : f.nullable ? `${value} ?? null` : `${value} ?? ${defaultOf(f)}`;
    return `${writeExpression(f.type, f, fallback)};`;
  }
  function writeField(f, owner) {
    const condition = inVersions(f.versions);
    const value = writeValue(f);
    const scoped = `{ ${value} }`;
    if (!condition) return [f.type.startsWith('[]') || value.startsWith('if') ? `  ${scoped}` : `  ${value}`];
    const lines = [`  if (${condition}) ${scoped}`];
    if (!f.ignorable) lines.push(`  else if (${isPresent(f)}) throw notInVersion('${owner}.${f.name}', v);`);
    return lines;
  }

  declare(message.name, message.fields);
  out.push(
    `export const ${message.name}: MessageCodec<${message.name}> = {`,
    `  name: '${message.name}', apiKey: ${message.apiKey ?? -1}, minVersion: ${low}, maxVersion: ${high}, flexibleFrom: ${message.flexibleFrom ?? 'Number.MAX_SAFE_INTEGER'},`,
    `  read: read${message.name}, write: write${message.name}, defaults: default${message.name},`, '};', '');
  return out.join('\n');
}

