// region: cross-user-test
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

describe('what belongs to others', () => {
  it('is not there for a stranger, or refused where its existence is public', async () => {
    const stranger = await service.person();
    const draft = await owner.draft();
    const event = await owner.published();
    const booking = (await guest.book(event)).body;

    const asked: [method: string, path: string, body?: object, headers?: Record<string, string>][] = [
      ['GET', `/events/${draft.id}`],
      ['PATCH', `/events/${draft.id}`, { title: 'Mine now' }, { 'If-Match': '"1"' }],
      ['POST', `/events/${draft.id}/publish`],
      ['GET', `/events/${draft.id}/bookings`],
      ['GET', `/bookings/${booking.id}`],
      ['POST', `/bookings/${booking.id}/cancel`],
      ['PATCH', `/events/${event.id}`, { title: 'Mine now' }, { 'If-Match': '"2"' }],
      ['POST', `/events/${event.id}/cancel`],
      ['GET', `/events/${event.id}/bookings`],
    ];
    const statuses = [];
    for (const request of asked) statuses.push((await stranger.request(...request)).status);

    expect(statuses).toEqual([404, 404, 404, 404, 404, 404, 403, 403, 403]);
    expect((await owner.request('GET', `/events/${event.id}`)).body).toMatchObject({ title: 'A play', version: 2 });
    expect((await guest.request('GET', `/bookings/${booking.id}`)).body).toEqual(booking);
  });
});
// endregion: cross-user-test
