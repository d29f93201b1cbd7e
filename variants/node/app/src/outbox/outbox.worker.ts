import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DATABASE, type Database } from '../database/database.js';
import type { OutboxRow } from '../database/schema.js';
import { beginTrace, withTrace } from '../http/trace.js';
import { describeError, LOGGER, type Logger } from '../logging.js';
import { SETTINGS, type Settings } from '../settings.js';
import { OutboxRepository } from './outbox.repository.js';
import { Webhook } from './webhook.js';

// region: outbox
/** Delivers what the transactions have left in the outbox: at least once, so the receiver drops an id that it has seen. */
@Injectable()
export class OutboxWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly outbox: OutboxRepository,
    private readonly webhook: Webhook,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Finishes the row under way; what is claimed and not marked comes again when its lease runs out. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const worked = await withTrace(beginTrace(), () => this.deliverNext()).catch((error: unknown) => {
        this.logger.error({ error: describeError(error) }, 'the outbox could not be read');
        return false;
      });
      if (!worked) await sleep(this.settings.outbox.pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Claims one row in a short transaction of its own; the call to the receiver happens outside of any. */
  async deliverNext(): Promise<boolean> {
    const row = await this.outbox.claim(this.db, this.settings.outbox.leaseSeconds);
    if (!row) return false;
    if (row.attempts > this.settings.outbox.maxAttempts) {
      // The last attempt took its process with it: trying on would end one process after the other.
      await this.outbox.giveUp(this.db, row, 'the lease of the last attempt ran out');
      return true;
    }
    try {
      await this.webhook.send(row);
    } catch (error) {
      await this.failed(row, reasonOf(error));
      return true;
    }
    await this.outbox.markDelivered(this.db, row);
    return true;
  }

  private async failed(row: OutboxRow, reason: string): Promise<void> {
    const { backoffMs, maxAttempts } = this.settings.outbox;
    this.logger.warn({ outbox_id: row.id, attempt: row.attempts, reason }, 'delivery failed');
    if (row.attempts >= maxAttempts) return this.outbox.giveUp(this.db, row, reason);
    const jitter = 1 + Math.random() / 4; // so that rows that failed together do not come back together
    return this.outbox.retryLater(this.db, row, backoffMs * 2 ** (row.attempts - 1) * jitter, reason);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const cause = error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException).code : undefined;
  return cause ? `${error.message}: ${cause}` : error.message;
}
// endregion: outbox
