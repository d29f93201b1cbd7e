import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

const enough = {
  DATABASE_URL: 'postgresql://user@host/name',
  JWT_SECRET: 'x'.repeat(32),
  WEBHOOK_URL: 'https://receiver.example/hook',
  WEBHOOK_SECRET: 'y'.repeat(32),
};

describe('settings', () => {
  it('have the defaults of the contract', () => {
    expect(readSettings(enough)).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      accessTtlSeconds: 900,
      login: { perAccount: 5, perAddress: 100, windowSeconds: 60 },
      argon2: { memoryCost: 19456, timeCost: 2, parallelism: 1 },
    });
  });

  it.each(Object.keys(enough))('are refused without %s', (name) => {
    expect(() => readSettings({ ...enough, [name]: undefined })).toThrow(name);
  });

  it('are refused with a short secret, which the message does not repeat', () => {
    const read = () => readSettings({ ...enough, JWT_SECRET: 'too short a secret' });

    expect(read).toThrow('JWT_SECRET must have at least 32 bytes');
    expect(read).not.toThrow('too short a secret');
  });

  it('name all that is wrong at once', () => {
    const read = () => readSettings({ ...enough, PORT: 'http', ARGON2_ITERATIONS: '0' });

    expect(read).toThrow('PORT');
    expect(read).toThrow('ARGON2_ITERATIONS');
  });
});
