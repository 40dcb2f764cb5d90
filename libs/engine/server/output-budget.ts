/** Bytes of answers that clients have asked for and don't take, all connections together. What a Fetch may add is what is left. */
export interface OutputBudget {
  readonly leftBytes: number;
  /** One connection's share. */
  open(): OutputShare;
}

export interface OutputShare {
  add(bytes: number): void;
  /** All of it has left, or the connection has. */
  clear(): void;
}

export function createOutputBudget(maxBytes: number): OutputBudget {
  let usedBytes = 0;
  return {
    get leftBytes() { return Math.max(0, maxBytes - usedBytes); },
    open() {
      let heldBytes = 0;
      return {
        add(bytes) {
          heldBytes += bytes;
          usedBytes += bytes;
        },
        clear() {
          usedBytes -= heldBytes;
          heldBytes = 0;
        },
      };
    },
  };
}
