/** Rules about single files, by the TypeScript compiler's own tree. Each answers `file:line: what`. */
import ts from 'typescript';

export const FILE_LINES_MAX = 600;
export const FUNCTION_LINES_MAX = 70;

export function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
}

const at = (source: ts.SourceFile, node: ts.Node): string => `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;

function visit(node: ts.Node, each: (node: ts.Node) => void): void {
  each(node);
  node.forEachChild((child) => visit(child, each));
}

export function longFile(file: string, text: string): string[] {
  const lines = text.split('\n').length - 1;
  return lines > FILE_LINES_MAX ? [`${file}: ${lines} lines, at most ${FILE_LINES_MAX}`] : [];
}

/** A function's own lines: those of functions inside it count for them. A factory that only holds functions is as long as it needs. */
export function longFunctions(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const linesOf = (node: ts.Node): number => source.getLineAndCharacterOfPosition(node.getEnd()).line - source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const own = (node: ts.Node): number => {
    let inner = 0;
    const walk = (child: ts.Node): void => {
      if (ts.isFunctionLike(child) || ts.isClassLike(child)) inner += linesOf(child) - 1;
      else child.forEachChild(walk);
    };
    node.forEachChild(walk);
    return linesOf(node) - inner;
  };
  visit(source, (node) => {
    if (!ts.isFunctionLike(node) || ts.isFunctionTypeNode(node)) return;
    const lines = own(node);
    if (lines > FUNCTION_LINES_MAX) found.push(`${at(source, node)}: a function of ${lines} lines, at most ${FUNCTION_LINES_MAX}`);
  });
  return found;
}

/** Names through which time, chance or the process reach pure code. `impure` holds `name`, `object.member` or `new Name`. */
export function impureNames(source: ts.SourceFile, impure: readonly string[]): string[] {
  const found: string[] = [];
  visit(source, (node) => {
    let name: string | null = null;
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) name = impure.includes(node.expression.text) ? node.expression.text : `${node.expression.text}.${node.name.text}`;
    else if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && !node.arguments?.length) name = `new ${node.expression.text}`;
    else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) name = node.expression.text;
    else if (ts.isImportSpecifier(node)) name = (node.propertyName ?? node.name).text;
    if (name !== null && impure.includes(name)) found.push(`${at(source, node)}: ${name}`);
  });
  return found;
}

/** Unfinished work, switched-off tests and loosened types. */
export function bannedMarks(file: string, text: string): string[] {
  const marks: [RegExp, string][] = [
    [/\b(TODO|FIXME|XXX)\b/, 'unfinished work'], [/\b(it|test|describe)\.only\(/, 'a test that shuts others out'], [/\bx?(it|test|describe)\.skip\(/, 'a skipped test without a condition'],
    [/@ts-(ignore|nocheck)|eslint-disable/, 'a silenced check'], [/\bthrow\b.*\bnot implemented\b/i, 'a stub'],
  ];
  return text.split('\n').flatMap((line, index) => marks.filter(([pattern]) => pattern.test(line)).map(([, what]) => `${file}:${index + 1}: ${what}`));
}

/** The type that switches checking off. */
export function anyTypes(source: ts.SourceFile): string[] {
  const found: string[] = [];
  visit(source, (node) => { if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${at(source, node)}: any`); });
  return found;
}

/** What only makes sense on the machine it was written on. */
export function machineTraces(file: string, text: string): string[] {
  const traces = [/\/work\/|\/root\/\./, /registry\.npmjs|repo1?\.maven|pypi\.org|proxy\.golang|deb\.debian/];
  return text.split('\n').flatMap((line, index) => (traces.some((trace) => trace.test(line)) ? [`${file}:${index + 1}: a trace of a machine or registry`] : []));
}

/**
 * Names of engines, which layers above the drivers don't know: an engine is data to them. In identifiers, texts and comments alike; but for the one that is a word of the API too (attached clusters are a resource of it): there the bare name counts.
 */
const ENGINE_NAMES = /apache|kraft|zookeeper|embedded|(?<=['"`])attached(?=['"`])/gi;

/** `file` may be a folder, with a slash at its end. */
export interface EngineNameException { file: string; text: string; reason: string }

/** Lines that name an engine, but for the texts excepted in that file. `used` is told which exceptions there is a use for. */
export function engineNames(file: string, text: string, exceptions: readonly EngineNameException[], used: (exception: EngineNameException) => void = () => undefined): string[] {
  const own = exceptions.filter((each) => each.file === file || (each.file.endsWith('/') && file.startsWith(each.file)));
  return text.split('\n').flatMap((line, index) => {
    let rest = line;
    for (const each of own) {
      if (rest.includes(each.text)) used(each);
      rest = rest.replaceAll(each.text, '');
    }
    return (rest.match(ENGINE_NAMES) ?? []).map((name) => `${file}:${index + 1}: names the engine "${name}"`);
  });
}

/** Relative links of a Markdown file. */
export function localLinks(text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => match[1]!);
}
