import type { Server } from 'node:http';
import { Module, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE, NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import express from 'express';
import { AccountsModule } from './accounts/accounts.module.js';
import { AuthModule } from './auth/auth.module.js';
import { BookingsModule } from './bookings/bookings.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { JsonBodyInterceptor } from './http/json-body.js';
import { ProblemFilter } from './http/problem.filter.js';
import { requestLog } from './http/request-log.js';
import { ValidationPipe } from './http/validation.js';
import { type Logger, NestLogger } from './logging.js';
import { OutboxModule } from './outbox/outbox.module.js';
import { PlatformModule } from './platform.module.js';
import type { Settings } from './settings.js';

const GRACE_MS = 10_000;

const everywhere: Provider[] = [
  { provide: APP_FILTER, useClass: ProblemFilter },
  { provide: APP_INTERCEPTOR, useClass: JsonBodyInterceptor },
  { provide: APP_PIPE, useClass: ValidationPipe },
];

@Module({
  imports: [AuthModule, AccountsModule, EventsModule, BookingsModule, OutboxModule],
  controllers: [HealthController],
  providers: [Readiness, ...everywhere],
})
class AppModule {}

/** The whole service, not yet listening; main.ts and the tests start it alike. */
export async function createApp(settings: Settings, logger: Logger): Promise<NestExpressApplication> {
  const root = { module: AppModule, imports: [PlatformModule.with(settings, logger)] };
  const server = express().enable('strict routing'); // `/events/` is another path
  const app = await NestFactory.create<NestExpressApplication>(root, new ExpressAdapter(server), {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false, // JsonBodyInterceptor reads them
  });
  app.disable('x-powered-by');
  app.set('etag', false); // the ETag is the version, and only events have one
  app.use(requestLog(logger));
  return app;
}

/** No new connections; requests under way have ten seconds to end. */
export async function stopApp(app: NestExpressApplication): Promise<void> {
  const server: Server = app.getHttpServer();
  app.get(Readiness).stop();
  server.close();
  // close() waits for keep-alive connections too, which become idle one by one.
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const end = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(end);
  }
}
