import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { SETTINGS, type Settings } from '../settings.js';

/** Argon2id. The cost comes from the settings: tests take a cheap one. */
@Injectable()
export class PasswordHasher {
  private readonly dummy: Promise<string>;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    this.dummy = this.hash(randomBytes(32).toString('hex'));
  }

  hash(password: string): Promise<string> {
    return hash(password, this.settings.argon2);
  }

  /** Without a stored hash the same work is done on a dummy one, so that the time does not tell whether the account exists. */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const matches = await verify(stored ?? (await this.dummy), password);
    return matches && stored !== undefined;
  }

  needsRehash(stored: string): boolean {
    const { memoryCost, timeCost, parallelism } = this.settings.argon2;
    return !stored.startsWith(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`);
  }
}
