export interface Random { next(): number; below(count: number): number; pick<T>(list: readonly T[]): T; chance(probability: number): boolean }
export interface Message { name: string; apiKey: number | null }
export interface DraftContext { uuids: readonly string[]; batches: readonly (Buffer | null)[] }
export function createRandom(seed: number): Random;
export function readRequests(): Message[];
export function randomDraft(message: Message, version: number, random: Random, context: DraftContext): Record<string, unknown>;
export function mutate(payload: Buffer, random: Random): Buffer;
