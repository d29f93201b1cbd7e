// region: test
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, TestService } from './support.js';

let service: TestService;
let owner: Person;
let guest: Person;

beforeAll(async () => {
  service = await TestService.start();
  owner = await service.person();
  guest = await service.person();
});

afterAll(() => service.stop());

describe('booking', () => {
  it('takes the seats and fixes the price of that moment', async () => {
    const event = await owner.published({ capacity: 10, price_cents: 2550 });

    const answer = await guest.book(event, 3);

    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ event_id: event.id, seats: 3, total_cents: 7650, status: 'booked' });
    expect(answer.headers.get('Location')).toBe(`/bookings/${answer.body.id}`);
    expect((await guest.request('GET', `/events/${event.id}`)).body.seats_left).toBe(7);
  });

  it('gives the last seat to one of those who ask at once', async () => {
    const event = await owner.published({ capacity: 1 });
    const crowd = await Promise.all([1, 2, 3, 4, 5].map(() => service.person()));

    const answers = await Promise.all(crowd.map((person) => person.book(event)));

    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect(answers.filter((answer) => answer.status === 409).map((answer) => answer.body.code)).toEqual(
      Array(4).fill('sold_out'),
    );
  });
});
// endregion: test

describe('an account', () => {
  it('books an event once, even when it asks twice at once', async () => {
    const event = await owner.published();

    const answers = await Promise.all([guest.book(event), guest.book(event)]);

    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
    expect(answers.find((answer) => answer.status === 409)?.body.code).toBe('already_booked');
  });

  it('books again after it has cancelled, and the seats came back in between', async () => {
    const event = await owner.published({ capacity: 2 });
    const first = await guest.book(event, 2);

    const cancelled = await guest.request('POST', `/bookings/${first.body.id}/cancel`);

    expect(cancelled.body).toMatchObject({ status: 'cancelled', cancelled_at: expect.any(String) });
    expect((await guest.request('POST', `/bookings/${first.body.id}/cancel`)).body.code).toBe('invalid_state');
    expect((await guest.book(event, 2)).status).toBe(201);
  });
});

describe('an idempotency key', () => {
  it('has one effect and one answer, however often and however parallel it comes', async () => {
    const event = await owner.published();

    const answers = await Promise.all([1, 2, 3, 4].map(() => guest.book(event, 2, 'the-same-key')));

    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('Idempotency-Replayed') === 'true')).toHaveLength(3);
    expect((await guest.request('GET', `/events/${event.id}`)).body.seats_left).toBe(8);
  });

  it('is refused with another body', async () => {
    const event = await owner.published();
    await guest.book(event, 1, 'used');

    const answer = await guest.book(event, 2, 'used');

    expect(answer.body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  it('is free again after a refusal', async () => {
    const event = await owner.published({ capacity: 2 });
    const other = await service.person();
    const first = await other.book(event, 2);
    expect((await guest.book(event, 1, 'later')).body.code).toBe('sold_out');
    await other.request('POST', `/bookings/${first.body.id}/cancel`);

    const answer = await guest.book(event, 1, 'later');

    expect(answer.status).toBe(201);
    expect(answer.headers.get('Idempotency-Replayed')).toBeNull();
  });

  it.each([undefined, ''])('is demanded (%j)', async (key) => {
    const event = await owner.published();

    const headers = key === undefined ? undefined : { 'Idempotency-Key': key };
    const answer = await guest.request('POST', `/events/${event.id}/bookings`, { seats: 1 }, headers);

    expect(answer.body).toMatchObject({ status: 400, code: 'idempotency_key_missing' });
  });
});

describe('the organiser', () => {
  it('sees a booking but cannot cancel it', async () => {
    const booking = (await guest.book(await owner.published())).body;

    expect((await owner.request('GET', `/bookings/${booking.id}`)).body).toEqual(booking);
    expect((await owner.request('POST', `/bookings/${booking.id}/cancel`)).status).toBe(403);
  });
});
