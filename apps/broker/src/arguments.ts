import type { LogLevel } from '#libs/kernel';

export interface BrokerArguments { propertiesFile: string; cluster: string | null; logFile: string | null; logLevel: LogLevel }

const USAGE = 'usage: broker <server.properties> [--cluster lkc-…] [--log-file <path>] [--log-level debug|info|warn|error]';
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Throws with the usage when they don't make sense. */
export function parseArguments(args: readonly string[]): BrokerArguments {
  const options = new Map<string, string>();
  const files: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (!arg.startsWith('--')) {
      files.push(arg);
      continue;
    }
    const value = args[++index];
    if (!['--cluster', '--log-file', '--log-level'].includes(arg) || value === undefined) throw new Error(USAGE);
    options.set(arg, value);
  }
  const logLevel = LEVELS.find((level) => level === (options.get('--log-level') ?? 'info'));
  if (files.length !== 1 || logLevel === undefined) throw new Error(USAGE);
  return { propertiesFile: files[0]!, cluster: options.get('--cluster') ?? null, logFile: options.get('--log-file') ?? null, logLevel };
}
