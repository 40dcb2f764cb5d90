/**
 * `$SLUICE_HOME/database.json`: whether the home belongs to the embedded database or to one of the operator's own. Its clusters are rows there, so
 * that a start with the other kind would find none of them, and a first administrator of its own.
 */
import { join } from 'node:path';
import { readJsonFile, replaceFileSync } from '#libs/host';
import { databaseError } from './database.errors.js';
import { readSettings } from './database-settings.js';

type DatabaseKind = { kind: 'embedded' } | { kind: 'external'; place: string };

function readKind(home: string): DatabaseKind | null {
  const recorded = readJsonFile(join(home, 'database.json')) as DatabaseKind | null;
  return recorded ?? (readSettings(home) ? { kind: 'embedded' } : null);
}

/** Records the kind at the first start; refuses another one later. */
export function keepKind(home: string, wanted: DatabaseKind): void {
  const recorded = readKind(home);
  if (recorded?.kind === 'external' && wanted.kind === 'embedded') {
    throw databaseError('DATABASE_OTHER_KIND', `${home} belongs to the database at ${recorded.place}: set DATABASE_URL again, or choose another SLUICE_HOME`);
  }
  if (recorded?.kind === 'embedded' && wanted.kind === 'external') {
    throw databaseError('DATABASE_OTHER_KIND', `${home} has an embedded database: start without DATABASE_URL, or choose another SLUICE_HOME`);
  }
  if (JSON.stringify(recorded) !== JSON.stringify(wanted)) replaceFileSync(join(home, 'database.json'), `${JSON.stringify(wanted)}\n`, 0o600);
}
