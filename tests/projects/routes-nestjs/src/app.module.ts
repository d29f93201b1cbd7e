import { MiddlewareConsumer, Module } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { CatsModule } from './cats/cats.module';
import { HealthController } from './health.controller';

@Module({
  imports: [CatsModule, RouterModule.register([{ path: 'zoo', module: CatsModule }])],
  controllers: [HealthController],
})
export class AppModule {}
