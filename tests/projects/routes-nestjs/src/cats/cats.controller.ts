import { Body, Controller, Get, Post, UseGuards, Version } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import { AuthGuard } from '@nestjs/passport';
import { BaseController } from './base.controller';
import { CreateCat } from './create-cat.dto';
import { Paths } from '../paths';

@ApiBearerAuth()
@Controller({ path: Paths.Cats, version: '1' })
export class CatsController extends BaseController {
  @Get(['', 'all'])
  list() {
    return [];
  }

  @Version('2')
  @UseGuards(AuthGuard('jwt'))
  @Post()
  create(@Body() cat: CreateCat) {
    return cat;
  }
}
