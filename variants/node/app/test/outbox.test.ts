import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OutboxWorker } from '../src/outbox/outbox.worker.js';
import { sign } from '../src/outbox/webhook.js';
import { type Person, TestService } from './support.js';

const SECRET = 'a webhook secret with more than 32 bytes';
let receiver: Server;
let received: { headers: IncomingHttpHeaders; body: string }[] = [];
let answer = 204;
let service: TestService;
let worker: OutboxWorker;
let owner: Person;
let guest: Person;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer, { Location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  service = await TestService.start({
    WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
    WEBHOOK_SECRET: SECRET,
    OUTBOX_MAX_ATTEMPTS: '2',
    OUTBOX_BACKOFF_MS: '60000',
  });
  worker = service.app.get(OutboxWorker, { strict: false });
  owner = await service.person();
  guest = await service.person();
});

afterAll(async () => {
  await service.stop();
  receiver.close();
});

beforeEach(async () => {
  await service.database.query('DELETE FROM outbox');
  received = [];
  answer = 204;
});

const rows = () =>
  service.database.query<{ topic: string; attempts: number; delivered: boolean; failed: boolean; waits: number }>(
    `SELECT topic, attempts, delivered_at IS NOT NULL AS delivered, failed_at IS NOT NULL AS failed,
      extract(epoch FROM available_at - now())::float AS waits FROM outbox ORDER BY created_at`,
  );
const makeDue = () => service.database.query('UPDATE outbox SET available_at = now()');

describe('the outbox', () => {
  it('delivers a signed message once', async () => {
    const booking = (await guest.book(await owner.published())).body;

    expect(await worker.deliverNext()).toBe(true);
    expect(await worker.deliverNext()).toBe(false);

    expect(received).toHaveLength(1);
    const { headers, body } = received[0] ?? { headers: {}, body: '' };
    expect(JSON.parse(body)).toMatchObject({ id: headers['webhook-id'], type: 'booking.created', data: booking });
    expect(headers['webhook-signature']).toBe(
      sign(SECRET, String(headers['webhook-id']), Number(headers['webhook-timestamp']), body),
    );
    expect(await rows()).toMatchObject([{ topic: 'booking.created', attempts: 1, delivered: true }]);
  });

  it('holds nothing of a refused booking', async () => {
    await guest.book(await owner.published({ capacity: 1 }), 2);

    expect(await rows()).toEqual([]);
  });

  it.each([500, 302])('tries again later after %d, and gives up after the last attempt', async (status) => {
    answer = status;
    await guest.book(await owner.published());

    await worker.deliverNext();
    const [first] = await rows();
    expect(first).toMatchObject({ attempts: 1, delivered: false, failed: false });
    expect(first?.waits).toBeGreaterThan(55);
    expect(await worker.deliverNext()).toBe(false);
    await makeDue();
    await worker.deliverNext();

    expect(await rows()).toMatchObject([{ attempts: 2, delivered: false, failed: true }]);
    await makeDue();
    expect(await worker.deliverNext()).toBe(false);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('gives each row to one of two workers', async () => {
    for (let made = 0; made < 4; made++) await guest.book(await owner.published());

    await Promise.all([worker.deliverNext(), worker.deliverNext(), worker.deliverNext(), worker.deliverNext()]);

    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(4);
  });

  it('gives up a row whose last attempt ended the process', async () => {
    await guest.book(await owner.published());
    await service.database.query('UPDATE outbox SET attempts = 2');

    await worker.deliverNext();

    expect(received).toHaveLength(0);
    expect(await rows()).toMatchObject([{ failed: true }]);
  });
});
