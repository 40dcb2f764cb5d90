/**
 * Ports: everything the engine may ask of the outside world. Production implementations stand in `kernel/node`, simulated ones in
 * `engine/sim`. Engine code takes an `Env` and never imports node:fs, net, tls, timers, worker_threads or child_process, never calls
 * Date, Math.random, setTimeout. (Buffer, and node:crypto's pure hash, hmac and timingSafeEqual, are allowed: same in, same out.)
 */

/** Wall clock in epoch milliseconds, and a clock that never goes back, in milliseconds with fractions. */
export interface Clock {
  now(): number;
  monotonic(): number;
}

export interface TimerHandle { readonly __timer: unique symbol }

/** One-shot timers. Callbacks run as events of their own. */
export interface Timers {
  set(delayMs: number, callback: () => void): TimerHandle;
  cancel(handle: TimerHandle): void;
}

export interface Random {
  /** A uniform integer in [0, below). */
  int(below: number): number;
  bytes(length: number): Buffer;
}

export interface FileStat {
  sizeBytes: number;
  modifiedMs: number;
  isDirectory: boolean;
  /** Changes whenever the file is replaced or rewritten (inode, mtime and size). */
  version: string;
}

export interface DiskSpace { totalBytes: number; usableBytes: number }

/**
 * Files. Reads, writes and namespace changes are synchronous (`unlink` alone is not) and reach the page cache only; what must survive a power cut is durable
 * after `sync` (content) and `syncDir` (created, renamed, removed names) resolve. A failed sync rejects once and must be taken as
 * final: the caller stops acknowledging (fsyncgate). Errors carry Node's `code` (ENOENT, ENOSPC, EIO …).
 */
export interface Disk {
  /** 'readwrite' creates the file when it is absent; 'read' throws ENOENT. */
  open(path: string, mode: 'read' | 'readwrite'): DiskFile;
  stat(path: string): FileStat | null;
  /** Whole content, or null when there is no such file. */
  readFile(path: string): Buffer | null;
  /** Entry names, unsorted; empty when the directory does not exist. */
  list(directory: string): string[];
  /** Creates parents as needed. */
  mkdir(directory: string): void;
  rename(from: string, to: string): void;
  /** Removes a file or a whole tree; nothing there is no error. */
  remove(path: string): void;
  /** Removes a file or an empty directory away from the event loop: giving back a large file's bytes takes long. Nothing there is no error; who waits for it does nothing else to the path. */
  unlink(path: string): Promise<void>;
  syncDir(directory: string): Promise<void>;
  /** Of the file system that holds a directory: its size, and what this process may still write. */
  space(directory: string): DiskSpace;
  /** Calls back (some time) after a file of this path was created, replaced or changed. May call more often than needed. */
  watch(path: string, onChange: () => void): { close(): void };
}

export interface DiskFile {
  readonly path: string;
  sizeBytes(): number;
  /** Writes all of the buffers, one after another, from this position; extends the file. Throws if not everything was written. */
  write(position: number, buffers: readonly Buffer[]): void;
  /** Up to `length` bytes from this position, fewer at the end of the file. The buffer is the caller's. */
  read(position: number, length: number): Buffer;
  /** The same from memory that is lent: it is used again once the bytes were written to a connection. Whoever sends them keeps no view of them. */
  readLent(position: number, length: number): Buffer;
  truncate(sizeBytes: number): void;
  sync(): Promise<void>;
  close(): void;
}

export interface TlsMaterial {
  /** PEM texts. `caPem` is what client certificates are checked against. */
  certPem: string;
  keyPem: string;
  caPem: string;
  clientAuth: 'none' | 'requested' | 'required';
  /** Both from TLSv1.2 on unless given. */
  minVersion?: TlsVersion;
  maxVersion?: TlsVersion;
}
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** A byte stream. Handlers are set once, before the event that made the connection ends. */
export interface Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Distinguished name of the verified client certificate, as Kafka prints it (`CN=x,O=y`); null without one. */
  readonly peerDistinguishedName: string | null;
  /** The chunk is the handler's only until it returns: its memory then takes what comes next. */
  onData(handler: (chunk: Buffer) => void): void;
  /** Called exactly once, after a clean end or an error. */
  onClose(handler: (error: Error | null) => void): void;
  /** Called when buffered writes have drained after `write` answered false, or `queuedBytes` was above 0. */
  onDrain(handler: () => void): void;
  /** Written and not yet taken by the peer; 0 as long as it is too little for a drain to be told. */
  readonly queuedBytes: number;
  /** False when what is buffered is beyond the high-water mark: stop writing until drain. What a disk has lent is taken back once it has left. */
  write(chunks: readonly Buffer[]): boolean;
  /** Stops and restarts the flow of data events: back-pressure on the peer. */
  pause(): void;
  resume(): void;
  /** Flushes what was written, then closes. */
  end(): void;
  destroy(): void;
}

export interface Listener {
  readonly port: number;
  /** New connections use the new certificate; open ones stay as they are. */
  setTls(tls: TlsMaterial): void;
  /** Stops accepting; open connections stay. */
  close(): Promise<void>;
}

export interface Net {
  listen(options: { host: string; port: number; tls: TlsMaterial | null; maxConnections?: number }, onConnection: (connection: Connection) => void): Promise<Listener>;
  connect(options: { host: string; port: number; tls: ClientTls | null; timeoutMs: number }): Promise<Connection>;
}

export interface ClientTls {
  /** What the server's certificate is checked against; null: the authorities that this machine trusts. */
  caPem: string | null;
  /** Name to verify the server's certificate against (and SNI); null: the host's. */
  serverName: string | null;
  certPem?: string;
  keyPem?: string;
}

export type CompressionCodec = 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Work whose cost is CPU. Deterministic. */
export interface Cpu {
  /** CRC-32C (Castagnoli) as an unsigned 32-bit number; `previous` continues an earlier one. */
  crc32c(bytes: Buffer, previous?: number): number;
  /** `level` as the codec counts, its default without; snappy has none, and of LZ4 there is one. */
  compress(codec: CompressionCodec, bytes: Buffer, level?: number): Buffer;
  /** Throws a ProtocolError-like Error with code 'TOO_LARGE' when the result would exceed `maxBytes`, 'CORRUPT' on bad input. */
  decompress(codec: CompressionCodec, bytes: Buffer, maxBytes: number): Buffer;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One structured line. Never pass a secret. */
export interface Log {
  write(level: LogLevel, event: string, fields?: Record<string, unknown>): void;
}

export interface SpawnedProcess {
  readonly pid: number;
  onExit(handler: (code: number | null, signal: string | null) => void): void;
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

/** Starts processes in sessions of their own: they outlive their parent. */
export interface Spawn {
  start(options: { command: string; args: readonly string[]; cwd: string; env: Record<string, string>; stdoutPath: string; stderrPath: string }): SpawnedProcess;
}

/** What engine code receives. (Spawn is the driver's.) */
export interface Env {
  clock: Clock;
  timers: Timers;
  random: Random;
  disk: Disk;
  net: Net;
  cpu: Cpu;
  log: Log;
}
