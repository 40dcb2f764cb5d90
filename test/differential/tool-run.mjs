// Apache Kafka's own command-line tools, run to their end and judged by what they print.
import { spawn } from 'node:child_process';
import { clientProperties } from '../compat/clients/java.mjs';
import { runClient } from '../compat/clients/process.mjs';
import { kafkaLab } from '../../tools/clients/install.mjs';

// These programs live for two seconds: the fast compiler and a plain collector halve what they cost.
const JVM = { HEAP: '-Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC' };
const CLASSES = {
  'delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand', 'get-offsets': 'org.apache.kafka.tools.GetOffsetShell', cluster: 'org.apache.kafka.tools.ClusterTool',
  'log-dirs': 'org.apache.kafka.tools.LogDirsCommand', 'leader-election': 'org.apache.kafka.tools.LeaderElectionCommand', 'reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand', transactions: 'org.apache.kafka.tools.TransactionsCommand',
};
const TROUBLE = /\b(ERROR|Exception|Error while)\b/;

/** @param connection { bootstrap, config } of a client.properties; null for tools that need none. */
export function toolsFor(connection, report) {
  const run = async (name, args, options = {}) => {
    const address = connection && !options.offline ? ['--bootstrap-server', connection.bootstrap, ...(connection.config ? ['--command-config', connection.config] : [])] : [];
    const { code, stdout, stderr } = await runClient(kafkaLab, ['run', CLASSES[name] ?? name, ...address, ...args], { env: JVM, ...options });
    return { code, text: `${stdout}${stderr}`, stdout };
  };

  /** One line of the report: the tool ends well and says all of `expected`, or (`refused`) ends badly and says it. */
  async function check(what, name, args, expected = [], { refused = false, absent = [], ...options } = {}) {
    const { code, text, stdout } = await run(name, args, options);
    const missing = [expected].flat().filter((each) => (each instanceof RegExp ? !each.test(text) : !text.includes(each)));
    const unwanted = [absent].flat().filter((each) => (each instanceof RegExp ? each.test(text) : text.includes(each)));
    const ended = refused || (code === 0 && !TROUBLE.test(text));
    const ok = ended && missing.length === 0 && unwanted.length === 0;
    report.line(ok, ok ? what : `${what}: ended with ${code}${missing.length ? `, without ${missing.join(' and ')}` : ''}${unwanted.length ? `, with ${unwanted.join(' and ')}` : ''}:\n${text.trim().slice(0, 1500)}`);
    return stdout;
  }

  /** Runs on until `stop()`. */
  function start(name, args) {
    const child = spawn(kafkaLab, ['run', name, '--bootstrap-server', connection.bootstrap, '--command-config', connection.config, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...JVM } });
    const running = { output: '', errors: '' };
    child.stdout.on('data', (chunk) => { running.output += chunk; });
    child.stderr.on('data', (chunk) => { running.errors += chunk; });
    const ended = new Promise((resolve) => child.once('close', resolve));
    running.stop = (signal = 'SIGTERM') => { child.kill(signal); return ended; };
    return running;
  }
  return { run, check, start };
}

export const secureConnection = (bootstrap, key, caFile) => ({ bootstrap, config: clientProperties({ key, caFile, mechanism: 'PLAIN' }) });
