import type { ProcessIdentity } from '#libs/host';
import type { NodeLayout } from './node-layout.js';

export interface NodeKey { clusterId: string; nodeId: number }

/** What a node's process says of itself. */
export interface NodeStatus {
  pid: number;
  phase: 'starting' | 'recovering' | 'ready' | 'stopping' | 'failed';
  reason: string | null;
}

/** What engines differ in, once a process runs. */
export interface NodeProgram {
  /** File in `run/` that changes whenever `status` may. */
  statusFile: string;
  /** Whether the process of this pid has said anything yet, and what. */
  status(layout: NodeLayout, pid: number): NodeStatus | null;
  /** Each stands in the process's command line as one or more whole arguments; together they are this node's alone. */
  marks(clusterId: string, layout: NodeLayout): readonly string[];
  /** Of what a process takes up only at its start, as it is on the disk now; null: nothing is there yet. */
  fingerprint(layout: NodeLayout): string | null;
  /** Why a process ended that said nothing in its status; of this launch. */
  lastWords(layout: NodeLayout, launchedAtMs: number): string | null;
  /** One that was asked to stop gets this long before it is killed. */
  stopTimeoutMs: number;
  /** A process that calls itself ready counts as that once this has come true; false: never, it is gone. */
  confirmReady?(layout: NodeLayout, identity: ProcessIdentity): Promise<boolean>;
}

/** How to start one. */
export interface Launch {
  program: string;
  args: readonly string[];
  /** Besides what every process needs. */
  environment: Readonly<Record<string, string>>;
  /** Build or version. */
  bundle: string;
}
