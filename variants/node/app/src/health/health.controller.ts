import { Controller, Get } from '@nestjs/common';
import { Public } from '../auth/auth.guard.js';
import { Readiness } from './readiness.js';

@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready() {
    await this.readiness.check();
    return { status: 'ok' };
  }
}
