export interface EnsureDatabaseOptions {
  /** Absolute path of $SLUICE_HOME. */
  home: string;
  /** The operator's own server: then nothing is installed or started, only reached. */
  databaseUrl?: string | undefined;
  /** One line for the operator, e.g. where the data went. */
  log?: (line: string) => void;
}

export interface Database {
  kind: 'embedded' | 'external';
  /** Connection of the role that owns the schema: migrations only. It may create roles and databases and is no superuser when embedded. */
  ownerUrl: string;
  /** Where the embedded server keeps its data; null for the operator's own. */
  directory: string | null;
  /** The server was running already (the platform had been killed) and was taken over. */
  adopted: boolean;
  /** Stops the embedded server; nothing for the operator's own. */
  stop(): Promise<void>;
}
