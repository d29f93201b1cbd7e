import { Controller, Get, Inject, Injectable } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import { Public } from '../auth/auth.guard.js';
import { DATABASE, type Database } from '../database/database.js';
import { DomainError } from '../errors.js';

/** Turns away new traffic before the server closes. */
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
      await this.db.execute(sql`SELECT 1`);
    } catch {
      throw new DomainError('unavailable', 'The database does not answer.');
    }
  }
}

@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready() {
    await this.readiness.check();
    return { status: 'ok' };
  }
}
