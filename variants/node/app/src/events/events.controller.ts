// region: route
import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { CurrentAccount, type SignedIn } from '../auth/auth.guard.js';
import { IfMatch, VersionETag } from '../http/conditional.js';
import { IdPipe, pageQuery } from '../http/validation.js';
import { eventView } from './event.js';
import { eventChange, newEvent } from './events.schemas.js';
import { EventsService } from './events.service.js';

/** A handler parses, calls one service and maps the result; the global guard has seen to the sign-in. */
@Controller('events')
@UseInterceptors(VersionETag)
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
    return eventView(event);
  }

  @Get(':event_id')
  async get(@CurrentAccount() account: SignedIn, @Param('event_id', IdPipe) id: string) {
    return eventView(await this.events.get(account.id, id));
  }

  @Patch(':event_id')
  async change(
    @CurrentAccount() account: SignedIn,
    @Param('event_id', IdPipe) id: string,
    @IfMatch() version: number,
    @Body({ schema: eventChange }) body: z.infer<typeof eventChange>,
  ) {
    return eventView(await this.events.change(account.id, id, version, body));
  }

  @Post(':event_id/publish')
  @HttpCode(200)
  async publish(@CurrentAccount() account: SignedIn, @Param('event_id', IdPipe) id: string) {
    return eventView(await this.events.publish(account.id, id));
  }

  @Post(':event_id/cancel')
  @HttpCode(200)
  async cancel(@CurrentAccount() account: SignedIn, @Param('event_id', IdPipe) id: string) {
    return eventView(await this.events.cancel(account.id, id));
  }
}
// endregion: route
