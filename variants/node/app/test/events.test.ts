import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hoursFromNow, type Person, TestService } from './support.js';

let service: TestService;
let owner: Person;

beforeAll(async () => {
  service = await TestService.start();
  owner = await service.person();
});

afterAll(() => service.stop());

const change = (id: string, version: string | undefined, body: object) =>
  owner.request('PATCH', `/events/${id}`, body, version === undefined ? undefined : { 'If-Match': version });

describe('changing an event', () => {
  it('needs the version that the caller has seen', async () => {
    const { id } = await owner.draft();

    expect((await change(id, undefined, { title: 'New' })).status).toBe(428);
    expect((await change(id, '"2"', { title: 'New' })).status).toBe(412);
    expect((await change(id, 'W/"1"', { title: 'New' })).status).toBe(412);
    const answer = await change(id, '"1"', { title: 'New' });
    expect(answer.body).toMatchObject({ title: 'New', version: 2 });
    expect(answer.headers.get('ETag')).toBe('"2"');
  });

  it('lets one of two win who have seen the same version', async () => {
    const { id } = await owner.draft();

    const answers = await Promise.all([change(id, '"1"', { title: 'One' }), change(id, '"1"', { title: 'Other' })]);

    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 412]);
  });

  it('never takes the capacity below what is booked', async () => {
    const event = await owner.published({ capacity: 5 });
    await (await service.person()).book(event, 3);

    expect((await change(event.id, '"2"', { capacity: 2 })).body.code).toBe('capacity_below_booked');
    expect((await change(event.id, '"2"', { capacity: 3 })).body).toMatchObject({ capacity: 3, seats_left: 0 });
  });

  it.each([
    ['an unknown field', { title: 'x', owner_id: 'me' }, '/owner_id'],
    ['null', { title: null }, '/title'],
    ['a blank title', { title: '   ' }, '/title'],
    ['NUL', { title: 'a\0b' }, '/title'],
    ['a moment without an offset', { starts_at: '2030-01-01T10:00:00' }, '/starts_at'],
    ['a day that does not exist', { starts_at: '2030-02-30T10:00:00Z' }, '/starts_at'],
    ['a fraction of a cent', { price_cents: 1.5 }, '/price_cents'],
    ['a number as text', { capacity: '7' }, '/capacity'],
    ['nothing', {}, ''],
  ])('refuses %s', async (_what, body, pointer) => {
    const { id } = await owner.draft();

    const answer = await change(id, '"1"', body);

    expect(answer.body).toMatchObject({ status: 422, code: 'invalid', errors: [{ pointer }] });
  });

  it('counts the characters of a title, not its bytes', async () => {
    const { id } = await owner.draft();

    expect((await change(id, '"1"', { title: '🎭'.repeat(120) })).status).toBe(200);
    expect((await change(id, '"2"', { title: '🎭'.repeat(121) })).status).toBe(422);
  });
});

describe('the states of an event', () => {
  it('go from draft to published to cancelled and nowhere else', async () => {
    const { id } = await owner.draft();
    const go = (where: string) => owner.request('POST', `/events/${id}/${where}`);

    expect((await go('cancel')).body.code).toBe('invalid_state');
    expect((await go('publish')).body).toMatchObject({ status: 'published', version: 2 });
    expect((await go('publish')).body.code).toBe('invalid_state');
    expect((await go('cancel')).body).toMatchObject({ status: 'cancelled', version: 3 });
    expect((await go('publish')).body.code).toBe('invalid_state');
    expect((await change(id, '"3"', { title: 'New' })).body.code).toBe('invalid_state');
  });

  it('do not let an event begin before it is published', async () => {
    const { id } = await owner.draft({ starts_at: hoursFromNow(-1) });

    expect((await owner.request('POST', `/events/${id}/publish`)).body.code).toBe('invalid_state');
  });

  it('fix the price with the publication', async () => {
    const { id } = await owner.published();

    expect((await change(id, '"2"', { price_cents: 1 })).body.code).toBe('invalid_state');
  });
});
