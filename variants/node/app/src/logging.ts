import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import { databaseError } from './database/database.js';
import { beginTrace, currentTrace } from './http/trace.js';

/** Token under which the logger is injected. */
export const LOGGER = Symbol('LOGGER');
export type { Logger };

const SECRETS = ['password', 'token', 'access_token', 'refresh_token', 'authorization', 'cookie', 'email'];

/** One JSON object a line, with the trace of the request or delivery that it belongs to, or that of the process. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const start = beginTrace();
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => ({ ...(currentTrace() ?? start) }), // a copy: pino merges into it
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    destination ?? pino.destination({ sync: true }),
  );
}

/** What of an error may be logged. Drizzle's messages and PostgreSQL's on bad data (class 22) hold values: they stay out. */
export function describeError(error: unknown): Record<string, unknown> {
  const database = databaseError(error);
  if (database) {
    const { code, constraint, table } = database;
    const message = code?.startsWith('22') ? undefined : database.message;
    return { type: 'DatabaseError', code, message, constraint, table, stack: frames(error) };
  }
  if (!(error instanceof Error)) return { type: typeof error };
  const message = error.name === 'DrizzleQueryError' ? undefined : error.message;
  return { type: error.name, message, code: (error as NodeJS.ErrnoException).code, stack: frames(error) };
}

function frames(error: unknown): string[] {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('at '));
}

/** Lets Nest's own messages out through the same logger. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown): void {
    this.logger.debug(String(message));
  }

  warn(message: unknown): void {
    this.logger.warn(String(message));
  }

  error(message: unknown): void {
    this.logger.error(String(message));
  }
}
