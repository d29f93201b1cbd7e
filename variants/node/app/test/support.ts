import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { createApp, stopApp } from '../src/app.js';
import { createLogger } from '../src/logging.js';
import { readSettings } from '../src/settings.js';

/** Each test file has a database of its own on the server of DATABASE_URL, so that files can run side by side. */
export interface TestDatabase {
  url: string;
  query<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

export async function createDatabase(): Promise<TestDatabase> {
  const server = process.env.DATABASE_URL;
  if (!server) throw new Error('DATABASE_URL is not set: the integration tests need a PostgreSQL server');
  const name = `box_office_test_${randomBytes(6).toString('hex')}`;
  await once(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  await migrate(url.href, 'up');
  return {
    url: url.href,
    query: (sql, values) => once(url.href, sql, values),
    drop: async () => void (await once(server, `DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

export async function migrate(databaseUrl: string, direction: 'up' | 'down'): Promise<void> {
  await runner({
    databaseUrl,
    direction,
    dir: 'migrations',
    migrationsTable: 'pgmigrations',
    count: Number.POSITIVE_INFINITY,
    log: () => undefined,
  });
}

async function once<Row extends object>(url: string, sql: string, values?: unknown[]): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  body: any;
}

export class TestService {
  private constructor(
    readonly app: NestExpressApplication,
    readonly database: TestDatabase,
    private readonly url: string,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<TestService> {
    const database = await createDatabase();
    const settings = readSettings({
      DATABASE_URL: database.url,
      JWT_SECRET: randomBytes(32).toString('hex'),
      WEBHOOK_URL: 'http://127.0.0.1:9/nobody-listens',
      WEBHOOK_SECRET: randomBytes(32).toString('hex'),
      ARGON2_MEMORY_KIB: '64', // cheap: what is tested is not the cost
      ARGON2_ITERATIONS: '1',
      OUTBOX_POLL_MS: '3600000', // a test that wants a delivery asks the worker for it
      LOGIN_LIMIT_PER_ADDRESS: '1000',
      ...env,
    });
    const app = await createApp(settings, createLogger('silent'));
    await app.listen(0, '127.0.0.1');
    return new TestService(app, database, await app.getUrl());
  }

  async stop(): Promise<void> {
    await stopApp(this.app);
    await this.database.drop();
  }

  async request(
    method: string,
    path: string,
    options: { token?: string | undefined; body?: unknown; headers?: Record<string, string> | undefined } = {},
  ): Promise<Answer> {
    const headers = new Headers(options.headers);
    if (options.token) headers.set('Authorization', `Bearer ${options.token}`);
    if (options.body !== undefined) headers.set('Content-Type', 'application/json');
    const response = await fetch(this.url + path, {
      method,
      headers,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** Somebody new who has signed in. */
  async person(): Promise<Person> {
    const email = `${randomBytes(6).toString('hex')}@example.org`;
    const password = randomBytes(9).toString('hex');
    await this.request('POST', '/accounts', { body: { email, password } });
    const { body } = await this.request('POST', '/auth/login', { body: { email, password } });
    return new Person(this, { email, password }, body);
  }
}

export class Person {
  constructor(
    private readonly service: TestService,
    readonly credentials: { email: string; password: string },
    readonly tokens: { access_token: string; refresh_token: string },
  ) {}

  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.service.request(method, path, { token: this.tokens.access_token, body, headers });
  }

  async draft(changes: object = {}): Promise<{ id: string }> {
    const event = { title: 'A play', starts_at: hoursFromNow(24), capacity: 10, price_cents: 2550, currency: 'EUR' };
    return (await this.request('POST', '/events', { ...event, ...changes })).body;
  }

  async published(changes: object = {}): Promise<{ id: string }> {
    const { id } = await this.draft(changes);
    return (await this.request('POST', `/events/${id}/publish`)).body;
  }

  book(event: { id: string }, seats = 1, key = randomBytes(8).toString('hex')): Promise<Answer> {
    return this.request('POST', `/events/${event.id}/bookings`, { seats }, { 'Idempotency-Key': key });
  }
}

export const hoursFromNow = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
