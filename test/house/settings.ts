/** Settings, as the program and its tools read them, and as the README tells them. */

/** Names that look like settings and are none of the operator's. */
export const NOT_SETTINGS: Readonly<Record<string, string>> = {
  SLUICE_API_SECRET: 'in files for clients: where a tenant puts the secret',
  SLUICE_BROKER_TOKEN: 'the platform marks processes that it starts with it',
  SLUICE_BROKER_BUNDLE: 'where the build stands, told by `npm start` itself',
};

export const settingsIn = (text: string): string[] => [...text.matchAll(/\bSLUICE_[A-Z]+(?:_[A-Z]+)*\b/g)].map(([name]) => name);

/** The first column of the README's table. */
export const settingsTold = (readme: string): string[] => [...readme.matchAll(/^\| `(SLUICE_[A-Z_]+)` \|/gm)].map(([, name]) => name!);

/** Differences in both directions, one line each. */
export function settingsProblems(texts: ReadonlyMap<string, string>, readme: string): string[] {
  const told = new Set(settingsTold(readme));
  const read = new Map<string, string>();
  for (const [file, text] of texts) for (const name of settingsIn(text)) if (!(name in NOT_SETTINGS) && !read.has(name)) read.set(name, file);
  return [
    ...[...read].filter(([name]) => !told.has(name)).map(([name, file]) => `${file}: ${name} isn't in the README's table of settings`),
    ...[...told].filter((name) => !read.has(name)).map((name) => `README.md: nothing reads ${name}`),
  ];
}
