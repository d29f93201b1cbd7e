// region: query-count-test
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Person, TestService } from './support.js';

let service: TestService;
let owner: Person;

beforeAll(async () => {
  service = await TestService.start();
  owner = await service.person();
});

afterAll(() => service.stop());

/** How many statements the work sends: the driver is counted, so that no layer above can hide one. */
async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const query = vi.spyOn(Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls.length;
  } finally {
    query.mockRestore();
  }
}

describe('the list of guests', () => {
  it('costs as many statements with 12 bookings as with 1', async () => {
    const event = await owner.published({ capacity: 100 });
    const list = () => owner.request('GET', `/events/${event.id}/bookings`);
    await (await service.person()).book(event);

    const withOne = await statementsOf(list);
    for (let guests = 1; guests < 12; guests++) await (await service.person()).book(event);
    const withTwelve = await statementsOf(list);

    expect((await list()).body.items).toHaveLength(12);
    expect(withTwelve).toBe(withOne);
    expect(withOne).toBeLessThanOrEqual(4);
  });
});
// endregion: query-count-test

describe('a page', () => {
  it('neither skips nor repeats a row while others are inserted, though many share one moment', async () => {
    const moment = '2100-01-01T12:00:00Z';
    const known: string[] = [];
    for (let made = 0; made < 6; made++) known.push((await owner.published({ starts_at: moment })).id);
    // Three of them lie within one millisecond: a cursor that counts in milliseconds would lose rows.
    await service.database.query(
      `UPDATE events SET starts_at = starts_at + interval '1 microsecond' * array_position($1, id::text) WHERE id::text = ANY($1)`,
      [known.slice(0, 3)],
    );

    const seen: string[] = [];
    let next = '/events?limit=2';
    while (next !== '') {
      const { body } = await owner.request('GET', next);
      seen.push(...body.items.map((item: { id: string }) => item.id));
      await owner.published({ starts_at: moment });
      next = body.next_cursor && seen.length < 100 ? `/events?limit=2&cursor=${body.next_cursor}` : '';
    }

    expect(seen.filter((id) => known.includes(id)).sort()).toEqual(known.sort());
    expect(new Set(seen).size).toBe(seen.length);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'cursor=WyIyMDI2LTAxLTAxIiwiYSJd'])(
    'refuses %s',
    async (query) => {
      const answer = await owner.request('GET', `/bookings?${query}`);

      expect(answer.body).toMatchObject({ status: 422, errors: [{ pointer: `/${query.split('=')[0]}` }] });
    },
  );
});
