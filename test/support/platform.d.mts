/** Types of platform.mjs for tests in TypeScript. */
export interface Key { apiKey: string; apiSecret: string }
export interface Identified { id: string }
export interface ClusterObject extends Identified { spec: { kafka_bootstrap_endpoint: string; http_endpoint: string }; status: { phase: string } }
export interface Home { home: string; port: number; brokerPorts: string }
/** JSON as it came: tests say what they expect of it. */
export type Json = ReturnType<typeof JSON.parse>;

export const root: string;
export function until<T>(what: string, timeoutMs: number, ask: () => T | Promise<T>, everyMs?: number): Promise<NonNullable<T>>;
export function freePort(): Promise<number>;
export function newHome(): Promise<Home>;
export function brokerPid(cluster: Identified): number | null;
export function quantile(values: readonly number[], q: number): number;

export class Platform {
  constructor(home: Home, env?: Record<string, string>);
  readonly home: string;
  readonly port: number;
  readonly baseUrl: string;
  readonly admin: Key & { userId: string; organizationId: string; caFile: string };
  readonly output: string;
  start(timeoutMs?: number): Promise<number>;
  signal(signal: NodeJS.Signals): Promise<void>;
  destroy(): void;
  call(method: string, path: string, body?: unknown, options?: { key?: Key; expect?: number[] }): Promise<Json>;
  environment(name?: string): Promise<Identified>;
  clusterRequest(environment: Identified, name: string, sluice?: { flushMode: string }): Promise<ClusterObject>;
  provisioned(cluster: Identified, environment: Identified, timeoutMs?: number, everyMs?: number): Promise<ClusterObject>;
  cluster(environment: Identified, name?: string, sluice?: { flushMode: string }): Promise<ClusterObject>;
  serviceAccount(name: string): Promise<Identified>;
  clusterKey(cluster: Identified, environment: Identified, owner: string): Promise<Key>;
  topic(cluster: Identified, name: string, more?: object): Promise<Json>;
  acl(cluster: Identified, principal: string, resourceType: string, resourceName: string, operation: string, patternType?: string): Promise<void>;
}
