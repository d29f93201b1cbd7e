import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import type { OutboxRow } from '../database/schema.js';
import { SETTINGS, type Settings } from '../settings.js';

/** Sends one message as a signed POST (Standard Webhooks). Anything but a 2xx is an error. */
@Injectable()
export class Webhook {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  async send(row: OutboxRow): Promise<void> {
    const { url, secret, timeoutMs } = this.settings.webhook;
    const timestamp = Math.floor(this.clock.now().getTime() / 1000);
    const body = JSON.stringify({
      id: row.id,
      type: row.topic,
      created_at: row.createdAt.toISOString(),
      data: row.payload,
    });
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Webhook-Id': row.id,
        'Webhook-Timestamp': String(timestamp),
        'Webhook-Signature': sign(secret, row.id, timestamp, body),
      },
      body,
      redirect: 'manual', // a redirect would carry the message to an address that nobody has chosen
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel(); // frees the connection
    if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
  }
}

export function sign(secret: string, id: string, timestamp: number, body: string): string {
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${signature}`;
}
