import { OperationalError } from '#libs/kernel';

/** Codes of what can go wrong with Java, an installation and a cluster's storage. */
export type InstallErrorCode =
  | 'JAVA_MISSING' | 'VERSION_UNKNOWN' | 'MAVEN_MISSING' | 'ARTIFACTS_UNAVAILABLE' | 'CHECKSUM_WRONG' | 'DISK_FULL' | 'INSTALL_BUSY' | 'INSTALL_FAILED' | 'PLUGIN_NOT_BUILT'
  | 'KAFKA_HOME_UNSUITABLE' | 'STORAGE_FOREIGN' | 'STORAGE_LOST' | 'STORAGE_NOT_FORMATTED';

/** Trying again by itself may help: the network comes back, room is made, the other installation ends. */
const RETRYABLE: ReadonlySet<InstallErrorCode> = new Set(['ARTIFACTS_UNAVAILABLE', 'DISK_FULL', 'INSTALL_BUSY', 'STORAGE_NOT_FORMATTED']);

export function installError(code: InstallErrorCode, message: string, cause?: unknown): OperationalError {
  return new OperationalError(code, message, RETRYABLE.has(code), { cause });
}
