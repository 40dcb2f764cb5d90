/** How a node of Apache Kafka is recognised, when it counts as ready, and why it ended. */
import { readFileSync, renameSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from '#libs/host';
import { EXIT_REASON_LENGTH_MAX, tailLines, type Launch, type NodeLayout, type NodeProgram } from '#libs/drivers/nodes';
import { KAFKA_STOP_TIMEOUT_MS, LAST_WORDS_MS, READY_CONNECT_TIMEOUT_MS, READY_POLL_MS } from './apache.limits.js';
import type { KafkaMode } from './catalogue/catalogue.js';
import { crashOptions, trimCrashFiles } from './crash-files.js';
import type { InstalledKafka } from './install.js';
import { fingerprint, readLaunchFile } from './launch-file.js';
import { loggingOptions, STARTED_LOG, type LoggingFile } from './node-logging.js';

const MAIN = 'kafka.Kafka';
const STARTED = /Kafka Server started|\] started \(kafka\.server\.KafkaServer\)/;

export const kafkaProgram: NodeProgram = {
  statusFile: STARTED_LOG,
  status: (layout, pid) => (hasStarted(layout) ? { pid, phase: 'ready', reason: null } : null),
  marks: (_clusterId, layout) => [MAIN, layout.serverProperties],
  fingerprint,
  lastWords: (layout, launchedAtMs) => lastWords(layout, launchedAtMs),
  stopTimeoutMs: KAFKA_STOP_TIMEOUT_MS,
  confirmReady: async (layout, identity) => accepts(readLaunchFile(layout)?.port ?? 0, identity),
};

export interface KafkaLaunch { java: string; installed: Pick<InstalledKafka, 'version' | 'classPath'>; mode: KafkaMode; heapMb: number; logging: LoggingFile; /** Of a file with logins for other services. */ jaas: string | null }

/** As Kafka's own scripts start it, but for the size of the heap, the logs, and an end instead of a struggle when memory is out. */
export function kafkaLaunch(layout: NodeLayout, { java, installed, mode, heapMb, logging, jaas }: KafkaLaunch): Launch {
  return {
    program: java,
    args: [
      `-Xms${heapMb}m`, `-Xmx${heapMb}m`, '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent', '-XX:MaxInlineLevel=15',
      '-XX:+ExitOnOutOfMemoryError', '-XX:-UsePerfData', ...crashOptions(layout), '-Djava.awt.headless=true',
      ...loggingOptions(logging, layout), ...(jaas === null ? [] : [`-Djava.security.auth.login.config=${jaas}`]),
      '-cp', installed.classPath(mode), MAIN, layout.serverProperties,
    ],
    environment: { LC_ALL: 'C.UTF-8' },
    bundle: installed.version,
  };
}

/** What the JVM itself prints is of one start each; Kafka's log goes on. */
export function beginOutput(layout: NodeLayout): void {
  trimCrashFiles(layout);
  try {
    renameSync(layout.log, `${layout.log}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function hasStarted(layout: NodeLayout): boolean {
  try {
    return STARTED.test(readFileSync(join(layout.run, STARTED_LOG), 'utf8'));
  } catch {
    return false;
  }
}

async function accepts(port: number, identity: ProcessIdentity): Promise<boolean> {
  while (isRunning(identity)) {
    if (await canConnect(port)) return true;
    await new Promise((resolve) => { setTimeout(resolve, READY_POLL_MS).unref(); });
  }
  return false;
}

export function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: READY_CONNECT_TIMEOUT_MS });
    const answer = (isOpen: boolean) => (): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', answer(true)).once('timeout', answer(false)).once('error', answer(false));
  });
}

/** A JVM that could not start or had to end says so itself; else the last error of Kafka's own log, with what it was caused by. */
function lastWords(layout: NodeLayout, launchedAtMs: number): string | null {
  const lines = tailLines(layout.log);
  const at = lines.findLastIndex((line) => /^(?:Error: (?!A JNI)|Error occurred|Terminating due to |Exception in thread |Invalid |Unrecognized |# .*(?:Error|SIG|memory))/.test(line));
  // Why a machine could not begin is in the line after.
  const printed = at < 0 ? null : lines[at]!.startsWith('Error occurred') ? [lines[at], lines[at + 1]].filter(Boolean).join(': ') : lines[at]!;
  return (printed ?? lastError(tailLines(join(layout.logs, 'server.log')), launchedAtMs))?.slice(0, EXIT_REASON_LENGTH_MAX) ?? null;
}

const ENTRY = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) ([A-Z]+) (.*)$/;

/** Of an error that was logged shortly before the end. Lines without a time belong to the entry before them. */
export function lastError(lines: readonly string[], launchedAtMs: number): string | null {
  const lastAtMs = Date.parse(ENTRY.exec(lines.findLast((line) => ENTRY.test(line)) ?? '')?.[1] ?? '');
  const sinceMs = Math.max(launchedAtMs, lastAtMs - LAST_WORDS_MS);
  const at = lines.findLastIndex((line) => {
    const entry = ENTRY.exec(line);
    return entry !== null && /^(ERROR|FATAL)$/.test(entry[2]!) && Date.parse(entry[1]!) >= sinceMs;
  });
  if (at < 0) return null;
  const message = ENTRY.exec(lines[at]!)![3]!.replace(/ \([\w.$]+\)$/, '');
  const end = lines.findIndex((line, index) => index > at && ENTRY.test(line));
  const trace = lines.slice(at + 1, end < 0 ? undefined : end).filter((line) => !/^\s+(at |\.\.\. )/.test(line));
  const [first, cause] = [trace[0], trace.findLast((line) => line.startsWith('Caused by: '))?.slice('Caused by: '.length)].map((line) => line?.replace(/^(?:[a-z][\w]*\.)+/, ''));
  // The outermost often names the thing (a port, a file), the innermost why.
  const why = cause?.replace(/^\w+: /, '').replace(/\.$/, '');
  return [message.replace(/\.$/, ''), first, why !== undefined && first?.includes(why) ? undefined : cause].filter(Boolean).join(': ');
}
