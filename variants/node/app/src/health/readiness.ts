import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database, ping } from '../database/database.js';
import { DomainError } from '../errors.js';

/** Turns new traffic away while the database is gone, and before the server closes. */
@Injectable()
export class Readiness {
  private stopping = false;

  constructor(@Inject(DATABASE) private readonly db: Database) {}

  stop(): void {
    this.stopping = true;
  }

  async check(): Promise<void> {
    if (this.stopping) throw new DomainError('unavailable', 'The service is stopping.');
    try {
      await ping(this.db);
    } catch {
      throw new DomainError('unavailable', 'The database does not answer.');
    }
  }
}
