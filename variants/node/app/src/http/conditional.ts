import {
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { type Observable, tap } from 'rxjs';
import { DomainError } from '../errors.js';

const NO_VERSION = 0;

/** The version that `If-Match` names. Only exactly one of our ETags will do: a change is made to what its author has seen. */
export const IfMatch = createParamDecorator((_data: unknown, context: ExecutionContext): number => {
  const header = context.switchToHttp().getRequest<Request>().get('if-match');
  if (header === undefined) {
    throw new DomainError('precondition_required', 'Send the ETag of the version that you change as If-Match.');
  }
  return Number(/^"(\d{1,9})"$/.exec(header)?.[1] ?? NO_VERSION);
});

/** Sends the version of what is answered as its ETag. */
@Injectable()
export class VersionETag implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      tap((body: unknown) => {
        if (hasVersion(body)) response.set('ETag', `"${body.version}"`);
      }),
    );
  }
}

function hasVersion(body: unknown): body is { version: number } {
  return typeof body === 'object' && body !== null && 'version' in body;
}
