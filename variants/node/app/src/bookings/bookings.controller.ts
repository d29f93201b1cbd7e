import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { CurrentAccount, type SignedIn } from '../auth/auth.guard.js';
import { DomainError } from '../errors.js';
import { IdPipe, pageQuery } from '../http/validation.js';
import { bookingView } from './booking.js';
import { BookingsService } from './bookings.service.js';

const newBooking = z.strictObject({ seats: z.int().min(1).max(10) });

@Controller()
export class BookingsController {
  constructor(private readonly bookings: BookingsService) {}

  @Post('events/:event_id/bookings')
  async book(
    @CurrentAccount() account: SignedIn,
    @Param('event_id', IdPipe) eventId: string,
    @Headers('idempotency-key') key: string | undefined,
    @Body({ schema: newBooking }) body: z.infer<typeof newBooking>,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { booking, replayed } = await this.bookings.book(account.id, eventId, body.seats, parseKey(key));
    response.location(`/bookings/${booking.id}`);
    if (replayed) response.set('Idempotency-Replayed', 'true');
    return booking;
  }

  @Get('events/:event_id/bookings')
  listGuests(
    @CurrentAccount() account: SignedIn,
    @Param('event_id', IdPipe) eventId: string,
    @Query({ schema: pageQuery }) page: z.infer<typeof pageQuery>,
  ) {
    return this.bookings.listGuests(account.id, eventId, page);
  }

  @Get('bookings')
  listOwn(@CurrentAccount() account: SignedIn, @Query({ schema: pageQuery }) page: z.infer<typeof pageQuery>) {
    return this.bookings.listOwn(account.id, page);
  }

  @Get('bookings/:booking_id')
  async get(@CurrentAccount() account: SignedIn, @Param('booking_id', IdPipe) id: string) {
    return bookingView(await this.bookings.get(account.id, id));
  }

  @Post('bookings/:booking_id/cancel')
  @HttpCode(200)
  async cancel(@CurrentAccount() account: SignedIn, @Param('booking_id', IdPipe) id: string) {
    return bookingView(await this.bookings.cancel(account.id, id));
  }
}

function parseKey(key: string | undefined): string {
  if (!key) throw new DomainError('idempotency_key_missing', 'Send an Idempotency-Key with this request.');
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new DomainError('invalid', 'The idempotency key does not fit.', {
      errors: [{ pointer: '/Idempotency-Key', detail: 'Must have 1 to 255 visible ASCII characters.' }],
    });
  }
  return key;
}
