import { type ExtractTablesWithRelations, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import { PgDatabase, type PgTransaction } from 'drizzle-orm/pg-core';
import { DatabaseError, Pool } from 'pg';

/** Token under which the database is injected. */
export const DATABASE = Symbol('DATABASE');

type NoSchema = Record<string, never>;
export type Database = NodePgDatabase & { $client: Pool };
export type Transaction = PgTransaction<NodePgQueryResultHKT, NoSchema, ExtractTablesWithRelations<NoSchema>>;
/** What a repository needs: the database, or the transaction that a service has opened. */
export type Executor = PgDatabase<NodePgQueryResultHKT, NoSchema>;

export function connect(databaseUrl: string, onIdleError: (error: Error) => void): Database {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 10,
    connectionTimeoutMillis: 5_000,
    idle_in_transaction_session_timeout: 30_000,
    statement_timeout: 10_000,
  });
  // Without a listener a connection lost while idle ends the process.
  pool.on('error', onIdleError);
  return drizzle(pool);
}

export async function ping(db: Database): Promise<void> {
  await db.execute(sql`SELECT 1`);
}

/** PostgreSQL's own error, out of the wrapper that Drizzle puts around it. */
export function databaseError(error: unknown): DatabaseError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DatabaseError) return cause;
  }
  return undefined;
}

export function violates(error: unknown, constraint: string): boolean {
  return databaseError(error)?.constraint === constraint;
}
