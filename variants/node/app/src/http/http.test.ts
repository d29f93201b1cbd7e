import { describe, expect, it } from 'vitest';
import { decodeCursor, toPage } from './page.js';
import { beginTrace } from './trace.js';

describe('a cursor', () => {
  const rows = ['a', 'b', 'c'].map((letter) => ({
    id: `00000000-0000-4000-8000-00000000000${letter}`,
    position: '2030-01-01T00:00:00.000001Z',
  }));

  it('leads to the row behind the last one shown', () => {
    const page = toPage(rows, 2, (row) => row.id);

    expect(page.items).toEqual([rows[0]?.id, rows[1]?.id]);
    expect(decodeCursor(page.next_cursor ?? '')).toEqual([rows[1]?.position, rows[1]?.id]);
  });

  it('is absent on the last page', () => {
    expect(toPage(rows, 3, (row) => row.id).next_cursor).toBeNull();
  });

  it.each(['', '%', 'e30', Buffer.from('["2030-13-01T00:00:00.000000Z","x"]').toString('base64url')])(
    'is refused when broken: %j',
    (cursor) => {
      expect(() => decodeCursor(cursor)).toThrow('broken');
    },
  );
});

describe('a trace', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';

  it('is continued with a span of its own', () => {
    const trace = beginTrace(`00-${id}-00f067aa0ba902b7-01`);

    expect(trace.trace_id).toBe(id);
    expect(trace.span_id).not.toBe('00f067aa0ba902b7');
  });

  it.each([undefined, '', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `ff-${id}-00f067aa0ba902b7-01`])(
    'begins anew: %j',
    (header) => {
      expect(beginTrace(header).trace_id).toMatch(/^(?!0{32})(?!4bf92f)[0-9a-f]{32}$/);
    },
  );
});
