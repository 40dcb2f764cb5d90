/** How a server of the ensemble is started, recognised and asked how it is. */
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isRunning } from '#libs/host';
import { sha256, tailLines, type Launch, type NodeLayout, type NodeProgram } from '#libs/drivers/nodes';
import { READY_POLL_MS, ZOOKEEPER_ANSWER_TIMEOUT_MS, ZOOKEEPER_HEAP_MB, ZOOKEEPER_STOP_TIMEOUT_MS } from './apache.limits.js';
import { crashOptions } from './crash-files.js';
import type { InstalledKafka } from './install.js';
import { lastError } from './kafka-program.js';
import { loggingOptions, type LoggingFile } from './node-logging.js';
import { usersPath } from './zookeeper-files.js';

const MAIN = 'io.sluice.zookeeper.Ensemble';
export const zooCfgPath = (layout: NodeLayout): string => join(layout.directory, 'zoo.cfg');

export const zookeeperProgram: NodeProgram = {
  // It says nothing of itself: it is asked.
  statusFile: 'none',
  status: (_layout, pid) => ({ pid, phase: 'ready', reason: null }),
  marks: (_id, layout) => [MAIN, zooCfgPath(layout)],
  fingerprint: (layout) => (existsSync(zooCfgPath(layout)) ? sha256(readFileSync(zooCfgPath(layout), 'utf8')) : null),
  lastWords: (layout, launchedAtMs) => lastError(tailLines(join(layout.logs, 'server.log')), launchedAtMs) ?? tailLines(layout.log).at(-1) ?? null,
  stopTimeoutMs: ZOOKEEPER_STOP_TIMEOUT_MS,
  async confirmReady(layout, identity) {
    const port = Number(/^clientPort=(\d+)$/m.exec(readFileSync(zooCfgPath(layout), 'utf8'))?.[1] ?? 0);
    while (isRunning(identity)) {
      if (await serverMode(port) !== null) return true;
      await new Promise((resolve) => { setTimeout(resolve, READY_POLL_MS * 2).unref(); });
    }
    return false;
  },
};

export function zookeeperLaunch(layout: NodeLayout, directory: string, java: string, installed: Pick<InstalledKafka, 'classPath'>, logging: LoggingFile): Launch {
  return {
    program: java,
    args: [
      `-Xms32m`, `-Xmx${ZOOKEEPER_HEAP_MB}m`, '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError', '-XX:-UsePerfData', ...crashOptions(layout), '-Djava.awt.headless=true',
      ...loggingOptions(logging, layout),
      '-Dzookeeper.serverCnxnFactory=io.sluice.zookeeper.UserCnxnFactory', `-Dsluice.zookeeper.users=${usersPath(directory)}`, `-Djava.security.auth.login.config=${join(directory, 'server.jaas')}`,
      // Sessions without a login get nowhere.
      '-Dzookeeper.authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider', '-Dzookeeper.sessionRequireClientSASLAuth=true', '-Dzookeeper.jmx.log4j.disable=true', '-Dzookeeper.admin.enableServer=false',
      '-cp', installed.classPath('zookeeper'), MAIN, zooCfgPath(layout),
    ],
    environment: { LC_ALL: 'C.UTF-8' },
    bundle: 'zookeeper',
  };
}

/** leader, follower or standalone, by the four-letter word `srvr`; null while it serves nobody. */
export function serverMode(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect({ host: '127.0.0.1', port, timeout: ZOOKEEPER_ANSWER_TIMEOUT_MS });
    const end = (): void => {
      socket.destroy();
      resolve(/^Mode: (\w+)$/m.exec(said)?.[1] ?? null);
    };
    socket.setEncoding('latin1').on('data', (chunk: string) => { said += chunk; });
    socket.once('connect', () => socket.write('srvr')).once('end', end).once('timeout', end).once('error', end);
  });
}
