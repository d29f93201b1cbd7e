import { readdir, readFile } from 'node:fs/promises';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as schema from '../src/database/schema.js';
import { createDatabase, migrate, TestService } from './support.js';

let service: TestService;

beforeAll(async () => {
  service = await TestService.start();
});

afterAll(() => service.stop());

describe('every error', () => {
  it.each([
    ['GET', '/nowhere', undefined, 404, 'not_found'],
    ['DELETE', '/events', undefined, 405, 'method_not_allowed'],
    ['GET', '/events/%E0%A4%A', undefined, 404, 'not_found'],
    ['GET', '/events/', undefined, 404, 'not_found'],
    ['GET', '/events', undefined, 401, 'unauthorized'],
    ['POST', '/events', '{"title"', 401, 'unauthorized'],
    ['POST', '/accounts', '{"email"', 400, 'malformed'],
    ['POST', '/accounts', '', 400, 'malformed'],
    ['POST', '/accounts', '[]', 422, 'invalid'],
    ['POST', '/accounts', ' '.repeat(65_537), 413, 'payload_too_large'],
  ])('is a problem document: %s %s %j', async (method, path, body, status, code) => {
    const response = await fetch((await service.app.getUrl()) + path, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json' } }),
    });

    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ type: `urn:problem:${code}`, status, code });
  });

  it('names the methods that are possible', async () => {
    const answer = await service.request('PUT', '/events');

    expect(answer.headers.get('Allow')).toBe('GET, HEAD, POST');
  });

  it('is 415 for another media type', async () => {
    const response = await fetch(`${await service.app.getUrl()}/accounts`, { method: 'POST', body: '{}' });

    expect(response.status).toBe(415);
  });
});

describe('health', () => {
  it('needs no login', async () => {
    expect((await service.request('GET', '/health/live')).body).toEqual({ status: 'ok' });
    expect((await service.request('GET', '/health/ready')).body).toEqual({ status: 'ok' });
  });
});

describe('the migrations', () => {
  it('make the tables that the code sees', async () => {
    const tables = Object.values(schema as unknown as Record<string, PgTable>).map((table) => getTableConfig(table));
    const seen = tables.flatMap(({ name, columns }) =>
      columns.map((column) => `${name}.${column.name} ${column.getSQLType()}${column.notNull ? ' NOT NULL' : ''}`),
    );

    const found = await service.database.query<{ column: string }>(`
      SELECT format('%s.%s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                    CASE WHEN a.attnotnull THEN ' NOT NULL' END) AS column
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND c.relname <> 'pgmigrations'`);

    expect(seen.length).toBeGreaterThan(40);
    expect(found.map(({ column }) => column.replace('timestamp with time zone', 'timestamptz')).sort()).toEqual(
      seen.map((column) => column.replace('timestamp with time zone', 'timestamptz')).sort(),
    );
  });

  it('make the indexes that the code names', async () => {
    const tables = Object.values(schema as unknown as Record<string, PgTable>).map((table) => getTableConfig(table));
    const named = tables.flatMap(({ indexes }) => indexes.map(({ config }) => config.name));

    const found = await service.database.query<{ name: string }>(
      `SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE '%\\_idx' OR indexname LIKE '%active_key'`,
    );

    expect(named.length).toBe(7);
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
  });

  it('go down to nothing and up again', async () => {
    const database = await createDatabase();
    const tables = () =>
      database.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'pgmigrations'`);

    await migrate(database.url, 'down');
    expect(await tables()).toEqual([]);
    await migrate(database.url, 'up');
    expect(await tables()).toHaveLength(7);

    await database.drop();
  });
});

describe('the layers', () => {
  const forbidden: [layer: RegExp, imports: RegExp][] = [
    [/\.controller\.ts$/, /\.repository\.js|drizzle-orm/],
    [/\.service\.ts$/, /\.controller\.js|from 'express'|drizzle-orm/],
    [/\.repository\.ts$/, /\.service\.js|\.controller\.js|from 'express'|@nestjs\/core/],
    [/(^|\/)(event|booking|errors)\.ts$/, /@nestjs|express|from 'drizzle-orm|from 'pg'/],
  ];

  it('import downwards only', async () => {
    const files = (await readdir('src', { recursive: true })).filter((file) => file.endsWith('.ts'));
    const wrong: string[] = [];
    let looked = 0;
    for (const file of files) {
      for (const [layer, imports] of forbidden) {
        if (!layer.test(file)) continue;
        looked++;
        const line = (await readFile(`src/${file}`, 'utf8'))
          .split('\n')
          .find((text) => /^import|from '/.test(text) && imports.test(text));
        if (line) wrong.push(`${file}: ${line}`);
      }
    }

    expect(looked).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });
});
