import type { HistoryKind } from '#libs/control/reconciler';
import type { Sql } from './connection.js';

/** Each along an index over all tenants; an operation that runs has no end. Rows that another process is taking away are skipped. */
export const HISTORY_STATEMENTS: Readonly<Record<HistoryKind, { name: string; text: string }>> = {
  operations: { name: 'history-operations', text: forgetOf('operation', 'finished_at') },
  audit: { name: 'history-audit', text: forgetOf('audit_event', 'at') },
};

function forgetOf(table: 'operation' | 'audit_event', time: string): string {
  return `
    WITH old AS MATERIALIZED (
      SELECT organization_id, id FROM ${table} WHERE ${time} < now() - make_interval(days => $1) ORDER BY ${time} LIMIT $2 FOR UPDATE SKIP LOCKED),
    gone AS (DELETE FROM ${table} t USING old WHERE t.organization_id = old.organization_id AND t.id = old.id RETURNING 1)
    SELECT count(*)::int AS rows FROM gone`;
}

export async function forgetHistory(sql: Sql, kind: HistoryKind, keepDays: number, limit: number): Promise<number> {
  const { name, text } = HISTORY_STATEMENTS[kind];
  const [found] = await sql<{ rows: number }>(name, text, [keepDays, limit]);
  return found?.rows ?? 0;
}
