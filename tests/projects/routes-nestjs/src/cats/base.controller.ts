import { Delete, Param } from '@nestjs/common';

export abstract class BaseController {
  @Delete(':id')
  remove(@Param('id') id: string) {
    return id;
  }
}
