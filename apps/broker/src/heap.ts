import { setFlagsFromString } from 'node:v8';

/**
 * How far the old generation may grow beyond what lives in it before it is collected, in percent. The runtime's own rule lets garbage reach three
 * times the living heap and 64 MiB more when requests come fast: memory of the machine for nothing. Set here, so that it holds however a broker is started.
 */
const HEAP_GROWING_PERCENT = 40;

export function boundHeap(): void { setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`); }
