import { Body, Controller, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { CurrentAccount, type SignedIn } from '../auth/auth.guard.js';
import type { EventRow } from '../database/schema.js';
import { DomainError } from '../errors.js';
import { IdPipe, pageQuery } from '../http/validation.js';
import { eventView } from './event.js';
import { eventChange, newEvent } from './events.schemas.js';
import { EventsService } from './events.service.js';

// region: route
/** A handler parses, calls one service and maps its result; the global guard has seen to the sign-in. */
@Controller('events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Get()
  list(@Query({ schema: pageQuery }) page: z.infer<typeof pageQuery>) {
    return this.events.listUpcoming(page);
  }

  @Post()
  async create(
    @CurrentAccount() account: SignedIn,
    @Body({ schema: newEvent }) body: z.infer<typeof newEvent>,
    @Res({ passthrough: true }) response: Response,
  ) {
    const event = await this.events.create(account.id, body);
    response.location(`/events/${event.id}`);
    return withETag(response, event);
  }

  @Get(':event_id')
  async get(
    @CurrentAccount() account: SignedIn,
    @Param('event_id', IdPipe) id: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    return withETag(response, await this.events.get(account.id, id));
  }

  @Patch(':event_id')
  async change(
    @CurrentAccount() account: SignedIn,
    @Param('event_id', IdPipe) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body({ schema: eventChange }) body: z.infer<typeof eventChange>,
    @Res({ passthrough: true }) response: Response,
  ) {
    return withETag(response, await this.events.change(account.id, id, parseVersion(ifMatch), body));
  }

  @Post(':event_id/publish')
  @HttpCode(200)
  async publish(
    @CurrentAccount() account: SignedIn,
    @Param('event_id', IdPipe) id: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    return withETag(response, await this.events.publish(account.id, id));
  }

  @Post(':event_id/cancel')
  @HttpCode(200)
  async cancel(
    @CurrentAccount() account: SignedIn,
    @Param('event_id', IdPipe) id: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    return withETag(response, await this.events.cancel(account.id, id));
  }
}

function withETag(response: Response, event: EventRow) {
  response.set('ETag', `"${event.version}"`);
  return eventView(event);
}

function parseVersion(ifMatch: string | undefined): number {
  if (ifMatch === undefined) {
    throw new DomainError('precondition_required', 'Send the ETag of the version that you change as If-Match.');
  }
  const version = /^"(\d{1,9})"$/.exec(ifMatch)?.[1];
  if (version === undefined) throw new DomainError('precondition_failed', 'If-Match names no version of this event.');
  return Number(version);
}
// endregion: route
