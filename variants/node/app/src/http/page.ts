// region: page
import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { DomainError } from '../errors.js';

export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** The place of a row in the list: the sorted column, and the id where two rows share its value. */
const position = z.tuple([z.iso.datetime({ precision: 6 }), z.uuid()]);
type Position = z.infer<typeof position>;

export function decodeCursor(cursor: string): Position {
  try {
    return position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new DomainError('invalid', 'The cursor is broken.', {
      errors: [{ pointer: '/cursor', detail: 'Not a cursor of this list.' }],
    });
  }
}

/** PostgreSQL counts microseconds and a JavaScript Date only milliseconds: the cursor keeps the text, or rows would be skipped. */
export const microseconds = (column: PgColumn) =>
  sql<string>`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

export function after(at: PgColumn, id: PgColumn, cursor: string | undefined): SQL | undefined {
  if (cursor === undefined) return undefined;
  const [lastAt, lastId] = decodeCursor(cursor);
  return sql`(${at}, ${id}) > (${lastAt}::timestamptz, ${lastId}::uuid)`;
}

export function before(at: PgColumn, id: PgColumn, cursor: string | undefined): SQL | undefined {
  if (cursor === undefined) return undefined;
  const [lastAt, lastId] = decodeCursor(cursor);
  return sql`(${at}, ${id}) < (${lastAt}::timestamptz, ${lastId}::uuid)`;
}

/** The query asks for one row more than the limit: its presence says that there is a next page. */
export function toPage<Row extends { id: string; position: string }, T>(
  rows: Row[],
  limit: number,
  view: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(view),
    next_cursor: last ? Buffer.from(JSON.stringify([last.position, last.id])).toString('base64url') : null,
  };
}
// endregion: page
