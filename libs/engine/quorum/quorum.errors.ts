/** What can be wrong with a metadata directory. Each is an operational error that ends the start: nothing is repaired by guessing. */
import { OperationalError } from '#libs/kernel';

const fatal = (code: string, message: string, cause?: unknown): OperationalError =>
  new OperationalError(code, message, false, cause === undefined ? undefined : { cause });

export const quorumErrors = {
  notFormatted: (directory: string) => fatal('NOT_FORMATTED', `No readable meta.properties in ${directory}`),
  badMetaProperties: (path: string, detail: string) => fatal('BAD_META_PROPERTIES', `${path}: ${detail}`),
  otherCluster: (path: string, stored: string, wanted: string) =>
    fatal('OTHER_CLUSTER', `${path}: stored cluster id ${stored} doesn't match this broker's cluster id ${wanted}`),
  otherNode: (path: string, stored: number, wanted: number) => fatal('OTHER_NODE', `${path}: stored node id ${stored} doesn't match this broker's node id ${wanted}`),
  notTheVoter: (detail: string) => fatal('NOT_THE_VOTER', `This node can't lead the metadata quorum alone: ${detail}`),
  missingSnapshot: (logStart: number) => fatal('MISSING_SNAPSHOT', `The metadata log begins at offset ${logStart} and no snapshot reaches that far`),
  badRecord: (offset: number, detail: string, cause?: unknown) => fatal('BAD_METADATA_RECORD', `Metadata record at offset ${offset}: ${detail}`, cause),
  badSnapshot: (path: string, detail: string, cause?: unknown) => fatal('BAD_SNAPSHOT', `${path}: ${detail}`, cause),
} as const;
