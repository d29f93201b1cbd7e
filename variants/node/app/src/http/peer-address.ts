import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/** The address of the connection. A header such as X-Forwarded-For is written by the caller, and counts for nothing. */
export const PeerAddress = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  return context.switchToHttp().getRequest<Request>().socket.remoteAddress ?? '';
});
