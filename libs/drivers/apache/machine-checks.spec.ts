import { tmpdir } from 'node:os';
import { lastError } from './kafka-program.js';
import { availableMemory, checkDisk } from './machine-checks.js';

test('the memory that this machine has left is a number', () => {
  expect(availableMemory()).toBeGreaterThan(0);
});

test('what the operator keeps free on the disk is nobody\'s to begin with', async () => {
  await expect(checkDisk(tmpdir(), 0, 0)).resolves.toBeUndefined();
  await expect(checkDisk(tmpdir(), 3, 2 ** 60)).rejects.toMatchObject({ code: 'DISK_SHORT', retryable: false, message: expect.stringMatching(/^not enough disk: 3 nodes need 768 MiB to begin with beside the 1099511627776 MiB that are kept free \(SLUICE_DISK_FREE_MB_MIN\), .* has \d+ MiB free/) });
});

describe('last words', () => {
  const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
  const log = (...lines: string[]): string[] => lines.flatMap((line) => line.split('\n'));

  test('are the last error with what it was caused by', () => {
    expect(lastError(log(
      `${at(1)} ERROR first (a.B)`, `${at(2)} ERROR [KafkaServer id=1] Fatal error during startup (kafka.server.KafkaServer)\norg.apache.kafka.common.KafkaException: Socket server failed to bind to localhost:17001: Address already in use.\n\tat a.b(C.java:1)\nCaused by: java.net.BindException: Address already in use`, `${at(3)} INFO shut down (kafka.Kafka$)`,
    ), 0)).toBe('[KafkaServer id=1] Fatal error during startup: KafkaException: Socket server failed to bind to localhost:17001: Address already in use.');
    expect(lastError(log(`${at(2)} ERROR Exiting Kafka due to fatal exception. (kafka.Kafka$)\njava.lang.RuntimeException: outer\n\tat a.b(C.java:1)\nCaused by: java.io.IOException: inner`), 0)).toBe('Exiting Kafka due to fatal exception: RuntimeException: outer: IOException: inner');
  });

  test('are none of an earlier start, nor of long before the end', () => {
    expect(lastError(log(`${at(1)} ERROR old (a.B)`, `${at(3)} INFO x (a.B)`), Date.parse(at(2)))).toBeNull();
    expect(lastError(log(`${at(1)} ERROR old (a.B)`, `${at(30)} INFO x (a.B)`), 0)).toBeNull();
    expect(lastError([], 0)).toBeNull();
  });
});
