/** Bytes of answers that clients have asked for and don't take, all connections together. What a Fetch may add is what is left. */
export interface OutputBudget {
  readonly leftBytes: number;
  /** One connection's share. */
  open(): OutputShare;
}

export interface OutputShare {
  readonly heldBytes: number;
  /** What waits for this client now; 0 once all of it has left, or the connection has. */
  set(bytes: number): void;
}

/** `onExceeded`: twice the budget waits, because each answer holds at least a batch; whoever takes least has to go. */
export function createOutputBudget(maxBytes: number, onExceeded: () => void = () => undefined): OutputBudget {
  let usedBytes = 0;
  return {
    get leftBytes() { return Math.max(0, maxBytes - usedBytes); },
    open() {
      let heldBytes = 0;
      return {
        get heldBytes() { return heldBytes; },
        set(bytes) {
          const grown = bytes > heldBytes;
          usedBytes += bytes - heldBytes;
          heldBytes = bytes;
          if (grown && usedBytes > 2 * maxBytes) onExceeded();
        },
      };
    },
  };
}
