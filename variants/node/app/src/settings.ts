import { z } from 'zod';

/** Token under which the settings are injected. */
export const SETTINGS = Symbol('SETTINGS');

const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);
const secret = z
  .string({ error: 'is required' })
  .refine((value) => Buffer.byteLength(value) >= 32, { error: 'must have at least 32 bytes' });

const environment = z.object({
  DATABASE_URL: z
    .string({ error: 'is required' })
    .regex(/^postgres(ql)?:\/\//, { error: 'must be a postgresql:// URL' }),
  JWT_SECRET: secret,
  WEBHOOK_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }),
  WEBHOOK_SECRET: secret,
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  ACCESS_TTL_SECONDS: count(900),
  REFRESH_TTL_SECONDS: count(2_592_000),
  LOGIN_LIMIT_PER_ACCOUNT: count(5),
  LOGIN_LIMIT_PER_ADDRESS: count(100),
  LOGIN_WINDOW_SECONDS: count(60),
  ARGON2_MEMORY_KIB: count(19_456),
  ARGON2_ITERATIONS: count(2),
  ARGON2_PARALLELISM: count(1),
  OUTBOX_POLL_MS: count(500),
  OUTBOX_LEASE_SECONDS: count(30),
  OUTBOX_BACKOFF_MS: count(1000),
  OUTBOX_MAX_ATTEMPTS: count(8),
  WEBHOOK_TIMEOUT_MS: count(5000),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export type Settings = Readonly<ReturnType<typeof readSettings>>;

export class SettingsError extends Error {}

/** Reads all settings once, at start. Secrets have no default: a default that works is a hole. */
export function readSettings(env: Record<string, string | undefined>) {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    // Only names and reasons: the value may be a secret.
    throw new SettingsError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('\n'));
  }
  const values = parsed.data;
  return {
    databaseUrl: values.DATABASE_URL,
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    jwtSecret: values.JWT_SECRET,
    accessTtlSeconds: values.ACCESS_TTL_SECONDS,
    refreshTtlSeconds: values.REFRESH_TTL_SECONDS,
    login: {
      perAccount: values.LOGIN_LIMIT_PER_ACCOUNT,
      perAddress: values.LOGIN_LIMIT_PER_ADDRESS,
      windowSeconds: values.LOGIN_WINDOW_SECONDS,
    },
    argon2: {
      memoryCost: values.ARGON2_MEMORY_KIB,
      timeCost: values.ARGON2_ITERATIONS,
      parallelism: values.ARGON2_PARALLELISM,
    },
    webhook: { url: values.WEBHOOK_URL, secret: values.WEBHOOK_SECRET, timeoutMs: values.WEBHOOK_TIMEOUT_MS },
    outbox: {
      pollMs: values.OUTBOX_POLL_MS,
      leaseSeconds: values.OUTBOX_LEASE_SECONDS,
      backoffMs: values.OUTBOX_BACKOFF_MS,
      maxAttempts: values.OUTBOX_MAX_ATTEMPTS,
    },
  };
}
