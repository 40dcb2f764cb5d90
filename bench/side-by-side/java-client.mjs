// The one JVM that holds Kafka's own clients for both sides: compiled from bench/client against the lab's jars, spoken to line by line.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../test/support/platform.mjs';

const SOURCES = join(root, 'bench', 'client');
const LOGGING = join(root, 'tools', 'kafka-lab', 'log4j2.properties');
export const HEAP = '-Xmx1g';

export const jars = () => join(process.env.KAFKA_LAB_HOME ?? join(homedir(), '.cache/kafka-lab'), 'libs', '*');

function compile(directory) {
  mkdirSync(directory, { recursive: true });
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.java')).map((name) => join(SOURCES, name));
  const made = spawnSync('javac', ['-cp', jars(), '-d', directory, ...sources], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`javac: ${made.error?.message ?? made.stderr}`);
}

const lineOf = (operation, values) => [operation, ...Object.entries(values).filter(([, value]) => value !== null && value !== undefined).map(([key, value]) => `${key}=${value}`)].join(' ');

export function startClient(directory) {
  const classes = join(directory, 'classes');
  compile(classes);
  const logFile = join(directory, 'client.log');
  const log = openSync(logFile, 'w');
  const child = spawn('java', [HEAP, '-Dkafka.lab.level=ERROR', `-Dlog4j2.configurationFile=${LOGGING}`, '-cp', `${classes}:${jars()}`, 'BenchClient'], { stdio: ['pipe', 'pipe', log] });
  closeSync(log);
  const waiting = [];
  const ended = new Promise((resolve) => child.once('exit', resolve));
  void ended.then((code) => { for (const { reject } of waiting.splice(0)) reject(new Error(`the client ended with ${code}:\n${readFileSync(logFile, 'utf8').slice(-2000)}`)); });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const at = line.indexOf(' ');
    const [kind, text] = [line.slice(0, at), line.slice(at + 1)];
    if (kind === 'result') waiting.shift()?.resolve(JSON.parse(text));
    else if (kind === 'error') waiting.shift()?.reject(new Error(text));
  });
  return {
    pid: child.pid,
    ask: (operation, values) => new Promise((resolve, reject) => {
      waiting.push({ resolve, reject: (error) => reject(new Error(`${operation} of ${values.topic ?? ''} at ${values.bootstrap ?? ''}: ${error.message}`)) });
      child.stdin.write(`${lineOf(operation, values)}\n`);
    }),
    stop() {
      child.stdin.end();
      return ended;
    },
    kill: () => child.kill('SIGKILL'),
  };
}
