import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from './clock.js';
import { connect, DATABASE, type Database } from './database/database.js';
import { describeError, LOGGER, type Logger } from './logging.js';
import { SETTINGS, type Settings } from './settings.js';

/** What every feature may ask for: settings, logger, clock, database. */
@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(@Inject(DATABASE) private readonly db: Database) {}

  static with(settings: Settings, logger: Logger): DynamicModule {
    return {
      module: PlatformModule,
      providers: [
        Clock,
        { provide: SETTINGS, useValue: settings },
        { provide: LOGGER, useValue: logger },
        {
          provide: DATABASE,
          useFactory: () =>
            connect(settings.databaseUrl, (error) =>
              logger.warn({ error: describeError(error) }, 'an idle database connection was lost'),
            ),
        },
      ],
      exports: [Clock, SETTINGS, LOGGER, DATABASE],
    };
  }

  /** Last of all: requests and the worker have ended by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.db.$client.end();
  }
}
