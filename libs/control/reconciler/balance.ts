/**
 * Where a cluster's replicas go when brokers come or leave. Pure and deterministic: the same partitions and brokers give the same moves.
 *
 * First what must move (replicas on brokers that aren't among those that stay), then, when asked, what makes the brokers even: a replica goes from the fullest
 * to the emptiest that may have it, so that no more moves than the surplus. No step leaves a partition on fewer racks than before, as far as there is a choice.
 * Before that Kafka's own topics get the replicas that a smaller cluster couldn't give them, and when brokers leave they lose those for which there is none
 * left: without them no group and no transaction outlives its broker. How many replicas a tenant's topic has is the tenant's to say.
 * Last the preferred leaders are evened out by the order of the replicas alone, which copies nothing.
 */
import type { PartitionHealth, PartitionMove } from '#libs/control/domain';

export interface BrokerPlace { nodeId: number; rack: string | null }
export interface BalanceOptions { /** Make the brokers even; otherwise only what must move moves. */ spread: boolean }

interface Placed { topic: string; partition: number; before: readonly number[]; replicas: number[]; isInternal: boolean }

interface Board {
  brokers: readonly BrokerPlace[];
  partitions: readonly Placed[];
  /** By broker. */
  loads: Map<number, number>;
  racks: Map<number, string>;
}

/** As many replicas as Kafka's own topics have where there are brokers for them. */
const INTERNAL_REPLICAS = 3;

export function balancePartitions(partitions: readonly Pick<PartitionHealth, 'topic' | 'partition' | 'replicas' | 'isInternal'>[], brokers: readonly BrokerPlace[], { spread }: BalanceOptions): PartitionMove[] {
  if (brokers.length === 0) return [];
  const placed = partitions.map(({ topic, partition, replicas, isInternal = false }): Placed => ({ topic, partition, before: replicas, replicas: [...replicas], isInternal }))
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
  const board: Board = {
    brokers: [...brokers].sort((a, b) => a.nodeId - b.nodeId), partitions: placed, loads: new Map(brokers.map(({ nodeId }) => [nodeId, 0])),
    // A broker without a rack stands alone.
    racks: new Map(brokers.map(({ nodeId, rack }) => [nodeId, rack ?? `#${nodeId}`])),
  };
  for (const { replicas } of placed) for (const nodeId of replicas) if (board.loads.has(nodeId)) add(board.loads, nodeId, 1);
  drain(board);
  if (spread) raise(board);
  if (spread) even(board);
  evenLeaders(board);
  return placed.filter(({ before, replicas }) => before.length !== replicas.length || before.some((nodeId, index) => nodeId !== replicas[index])).map(({ topic, partition, replicas }) => ({ topic, partition, replicas }));
}

const add = (counts: Map<number, number>, nodeId: number, by: number): void => { counts.set(nodeId, (counts.get(nodeId) ?? 0) + by); };
const loadOf = (board: Board, nodeId: number): number => board.loads.get(nodeId) ?? 0;

function replace(board: Board, placed: Placed, from: number, to: number): void {
  placed.replicas[placed.replicas.indexOf(from)] = to;
  if (board.loads.has(from)) add(board.loads, from, -1);
  add(board.loads, to, 1);
}

/** On a rack that these brokers aren't on, else the emptiest of the others. */
function placeBeside(board: Board, others: readonly number[]): number | undefined {
  const taken = racksOf(board, others);
  const [best] = board.brokers.filter(({ nodeId }) => !others.includes(nodeId))
    .sort((a, b) => Number(taken.has(board.racks.get(a.nodeId)!)) - Number(taken.has(board.racks.get(b.nodeId)!)) || loadOf(board, a.nodeId) - loadOf(board, b.nodeId) || a.nodeId - b.nodeId);
  return best?.nodeId;
}

const racksOf = (board: Board, replicas: readonly number[]): Set<string> => new Set(replicas.flatMap((nodeId) => board.racks.get(nodeId) ?? []));

/** Every replica on a broker that doesn't stay gets another. Without a free broker it stays, or goes if that is the platform's to say. */
function drain(board: Board): void {
  for (const placed of board.partitions) {
    for (const leaving of placed.replicas.filter((nodeId) => !board.loads.has(nodeId))) {
      const others = placed.replicas.filter((nodeId) => nodeId !== leaving);
      const best = placeBeside(board, others);
      if (best !== undefined) replace(board, placed, leaving, best);
      else if (placed.isInternal) placed.replicas = others;
    }
  }
}

function raise(board: Board): void {
  const wanted = Math.min(INTERNAL_REPLICAS, board.brokers.length);
  for (const placed of board.partitions.filter(({ isInternal }) => isInternal)) {
    while (placed.replicas.length < wanted) {
      const best = placeBeside(board, placed.replicas)!;
      placed.replicas.push(best);
      add(board.loads, best, 1);
    }
  }
}

/** As long as some broker has two more than another that may take one of them. */
function even(board: Board): void {
  const on = new Map(board.brokers.map(({ nodeId }) => [nodeId, new Set<Placed>()]));
  for (const placed of board.partitions) for (const nodeId of placed.replicas) on.get(nodeId)?.add(placed);
  for (;;) {
    const byLoad = [...board.brokers].sort((a, b) => loadOf(board, a.nodeId) - loadOf(board, b.nodeId) || a.nodeId - b.nodeId).map(({ nodeId }) => nodeId);
    const move = nextMove(board, byLoad, on);
    if (move === null) return;
    replace(board, move.placed, move.from, move.to);
    on.get(move.from)!.delete(move.placed);
    on.get(move.to)!.add(move.placed);
  }
}

interface Move { placed: Placed; from: number; to: number }

function nextMove(board: Board, byLoad: readonly number[], on: Map<number, Set<Placed>>): Move | null {
  for (const from of [...byLoad].reverse()) {
    for (const to of byLoad) {
      if (loadOf(board, from) - loadOf(board, to) < 2) break;
      const placed = movable(board, on, from, to);
      if (placed) return { placed, from, to };
    }
  }
  return null;
}

/** Of the topic of which the fullest has most more than the emptiest: a topic's own partitions stay spread as well. */
function movable(board: Board, on: Map<number, Set<Placed>>, from: number, to: number): Placed | null {
  const surplus = new Map<string, number>();
  for (const { topic } of on.get(from)!) surplus.set(topic, (surplus.get(topic) ?? 0) + 1);
  for (const { topic } of on.get(to)!) surplus.set(topic, (surplus.get(topic) ?? 0) - 1);
  let best: Placed | null = null;
  for (const placed of on.get(from)!) {
    if (placed.replicas.includes(to)) continue;
    if (best !== null && surplus.get(placed.topic)! <= surplus.get(best.topic)!) continue;
    const after = placed.replicas.map((nodeId) => (nodeId === from ? to : nodeId));
    if (racksOf(board, after).size >= racksOf(board, placed.replicas).size) best = placed;
  }
  return best;
}

/** A leadership goes along a chain of brokers, each of which gives one on, from one that leads two more than the last of the chain. */
function evenLeaders(board: Board): void {
  const leads = new Map(board.brokers.map(({ nodeId }) => [nodeId, 0]));
  const led = new Map(board.brokers.map(({ nodeId }) => [nodeId, new Set<Placed>()]));
  for (const placed of board.partitions) {
    const [first] = placed.replicas;
    if (first === undefined || !led.has(first)) continue;
    led.get(first)!.add(placed);
    add(leads, first, 1);
  }
  for (;;) {
    const most = [...leads.entries()].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const chain = most.map(([nodeId]) => chainFrom(nodeId, leads, led)).find((found) => found !== null);
    if (!chain) return;
    for (const { placed, from, to } of chain) {
      const at = placed.replicas.indexOf(to);
      [placed.replicas[0], placed.replicas[at]] = [to, from];
      led.get(from)!.delete(placed);
      led.get(to)!.add(placed);
      add(leads, from, -1);
      add(leads, to, 1);
    }
  }
}

function chainFrom(start: number, leads: ReadonlyMap<number, number>, led: ReadonlyMap<number, ReadonlySet<Placed>>): Move[] | null {
  const cameBy = new Map<number, Move | null>([[start, null]]);
  const queue = [start];
  for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
    for (const placed of led.get(from)!) {
      for (const to of placed.replicas.slice(1)) {
        if (cameBy.has(to) || !led.has(to)) continue;
        cameBy.set(to, { placed, from, to });
        if (leads.get(start)! - leads.get(to)! >= 2) return unwind(cameBy, to);
        queue.push(to);
      }
    }
  }
  return null;
}

function unwind(cameBy: ReadonlyMap<number, Move | null>, last: number): Move[] {
  const chain: Move[] = [];
  for (let move = cameBy.get(last); move; move = cameBy.get(move.from)) chain.unshift(move);
  return chain;
}
