/** The README's blocks that tests run (`<!-- run: name -->`) and what it shows of their output (`<!-- shows: name -->`). */
export interface ReadmeBlock {
  /** The shell lines as they stand. */
  run: string;
  /** Null where nothing is shown. */
  shows: string | null;
}

export function readmeBlocks(markdown: string): Map<string, ReadmeBlock> {
  const blocks = new Map<string, ReadmeBlock>();
  for (const [, kind, name, text] of markdown.matchAll(/<!-- (run|shows): (\w+) -->\n```\w+\n([\s\S]*?)\n```/g)) {
    const present = blocks.get(name!);
    if (kind === 'run') blocks.set(name!, { run: text!, shows: null });
    else if (present) present.shows = text!;
    else throw new Error(`the README shows the output of ${name}, which comes later or not at all`);
  }
  return blocks;
}

/** Parts of a block, each opened by a comment with its number: `# 3. …`. */
export function steps(run: string): string[] {
  return run.split(/^(?=# \d+\. )/m).filter((part) => part.trim() !== '');
}

/** Lines that fetch, start or install something are left out: the test has done that itself. */
export function withoutInstalling(run: string): string {
  return run.split('\n').filter((line) => !/^(git clone|npm start)\b|\bpip install\b/.test(line)).join('\n');
}

/** What differs from one run to the next, made equal. Lines are sorted: records of different keys have no order among each other. */
export function comparable(output: string): string[] {
  const same: [RegExp, string][] = [[/\b(lkc|env|sa|u)-[a-z0-9]+\b/g, '$1-…'], [/\blocalhost:\d+/g, 'localhost:…'], [/\b[A-Z0-9]{16}\b/g, 'KEY']];
  return output.trim().split('\n').map((line) => same.reduce((text, [pattern, by]) => text.replace(pattern, by), line)).sort();
}

/** Every path of keys in a JSON value: `spec.config.kind`. */
export function keyPaths(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${prefix}${key}`, ...keyPaths(inner, `${prefix}${key}.`)]).sort();
}
