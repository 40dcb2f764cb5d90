/** The shipped broker on the simulated machine: boots, is killed, loses power, boots again. */
import { invariant, type Env, type Random } from '#libs/kernel';
import { createSeededRandom, createTestCpu, type MemoryDisk } from '#libs/kernel/testing';
import { createStatusFile, readBrokerSettings, startBroker, type Broker } from '../broker/index.js';
import type { ProcessTimers, Scheduler } from './scheduler.js';
import type { SimNet, SimProcess } from './sim-net.js';

export const BROKER_PORT = 9092;

export interface SimBrokerOptions { scheduler: Scheduler; net: SimNet; disk: MemoryDisk; random: Random; flushMode: 'ack' | 'os'; segmentBytes: number; /** Lines of server.properties beside the usual ones. */ properties?: readonly string[] }

export interface SimBroker {
  readonly up: boolean;
  readonly boots: number;
  /** Why a boot failed, or the broker ended by itself. */
  readonly failures: readonly string[];
  readonly logLines: readonly string[];
  boot(): void;
  /** kill -9: the page cache stays. */
  kill(): void;
  /** The page cache is gone but for what the disk chose to keep. */
  powerCut(): void;
  shutdown(): Promise<void>;
  /** The disk is about to refuse: the broker may end by itself once, and this is called instead of counting it as a failure. */
  expectEnd(ended: () => void): void;
  /** To be called after each event; throws what an invariant found. */
  checkInvariants(): void;
}

interface Incarnation { process: SimProcess; timers: ProcessTimers; broker: Broker | null; highWatermarks: Map<string, number> }

function propertiesOf(options: SimBrokerOptions): string {
  return [
    'process.roles=broker,controller', 'node.id=1', 'cluster.id=AAAAAAAAAAAAAAAAAAAAAQ', `listeners=PLAINTEXT://127.0.0.1:${BROKER_PORT},CONTROLLER://127.0.0.1:9093`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${BROKER_PORT}`, 'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT', 'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT', 'controller.quorum.bootstrap.servers=127.0.0.1:9093', 'sluice.allow.plaintext=true', 'super.users=User:ANONYMOUS', 'log.dirs=/data',
    `sluice.flush.mode=${options.flushMode}`, 'offsets.topic.num.partitions=3', 'offsets.topic.replication.factor=1', 'group.initial.rebalance.delay.ms=0', `log.segment.bytes=${options.segmentBytes}`,
    'sluice.disk.free.min.bytes=0', ...options.properties ?? [],
  ].join('\n');
}

export function createSimBroker(options: SimBrokerOptions): SimBroker {
  const { scheduler, net, disk, random } = options;
  const settings = readBrokerSettings(propertiesOf(options));
  const failures: string[] = [];
  const logLines: string[] = [];
  let current: Incarnation | null = null;
  let boots = 0;
  let expected: (() => void) | null = null;

  function end(): void {
    if (!current) return;
    current.timers.kill();
    net.kill(current.process);
    current = null;
  }

  function boot(): void {
    invariant(current === null, 'one incarnation at a time');
    boots++;
    const process: SimProcess = { name: `broker-${boots}`, alive: true };
    const timers = scheduler.processTimers();
    const incarnation: Incarnation = { process, timers, broker: null, highWatermarks: new Map() };
    current = incarnation;
    const mounted = disk.mount();
    const env: Env = {
      clock: scheduler.clock, timers, random: createSeededRandom(random.int(0x7fff_ffff)), disk: mounted, net: net.of(process), cpu: createTestCpu(),
      log: { write: (level, event, fields) => { if (level !== 'debug') logLines.push(`${Math.round(scheduler.clock.monotonic())} ${process.name} ${level} ${event} ${JSON.stringify(fields ?? {})}`); } },
    };
    const status = createStatusFile(mounted, env.log, null, { pid: boots, bundle: null }, scheduler.clock.now());
    const fatal = (error: unknown): void => {
      if (current !== incarnation) return;
      if (expected === null) failures.push(error instanceof Error ? `${error.message}\n${error.stack}` : String(error));
      const ended = expected;
      expected = null;
      end();
      disk.crash();
      ended?.();
    };
    // A lock left by an earlier incarnation is stale: that process is dead.
    const host = { openFilesMax: null, owner: process.name, isRunning: (owner: string) => owner === process.name };
    startBroker({ env, settings, host, status, onFatal: fatal }).then((broker) => { incarnation.broker = broker; }, fatal);
  }

  return {
    get up() { return current?.broker != null; },
    get boots() { return boots; },
    failures, logLines, boot,
    kill() { end(); disk.crash(); },
    powerCut() { end(); disk.powerCut(random); },
    async shutdown() {
      const stopping = current;
      if (!stopping?.broker) return;
      await stopping.broker.shutdown();
      if (current === stopping) end();
      disk.crash();
    },
    expectEnd(ended) { expected = ended; },
    checkInvariants() {
      const broker = current?.broker;
      if (!broker || !current) return;
      for (const partition of broker.replicas.partitions()) {
        const { logStartOffset, highWatermark, lastStableOffset, logEndOffset } = partition.offsets();
        const name = `${partition.topic}-${partition.partition} of ${partition.topicId}`;
        invariant(logStartOffset <= lastStableOffset && lastStableOffset <= highWatermark && highWatermark <= logEndOffset, `${name}: logStart ${logStartOffset} ≤ LSO ${lastStableOffset} ≤ HW ${highWatermark} ≤ LEO ${logEndOffset}`);
        invariant(options.flushMode === 'os' || highWatermark <= partition.log.recoveryPoint, `${name}: HW ${highWatermark} beyond what is durable, ${partition.log.recoveryPoint}`);
        invariant(highWatermark >= (current.highWatermarks.get(name) ?? 0), `${name}: HW went back to ${highWatermark}`);
        current.highWatermarks.set(name, highWatermark);
      }
    },
  };
}
