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

class Budget implements OutputBudget {
  usedBytes = 0;
  constructor(readonly maxBytes: number, readonly onExceeded: () => void) {}
  get leftBytes(): number { return Math.max(0, this.maxBytes - this.usedBytes); }
  open(): OutputShare { return new Share(this); }
}

class Share implements OutputShare {
  heldBytes = 0;
  constructor(private readonly budget: Budget) {}

  set(bytes: number): void {
    const { budget } = this;
    const grown = bytes > this.heldBytes;
    budget.usedBytes += bytes - this.heldBytes;
    this.heldBytes = bytes;
    if (grown && budget.usedBytes > 2 * budget.maxBytes) budget.onExceeded();
  }
}

/** `onExceeded`: twice the budget waits, because each answer holds at least a batch; whoever takes least has to go. */
export function createOutputBudget(maxBytes: number, onExceeded: () => void = () => undefined): OutputBudget {
  return new Budget(maxBytes, onExceeded);
}
