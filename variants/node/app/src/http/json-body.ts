import { isUtf8 } from 'node:buffer';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { json, type Request, type Response } from 'express';
import type { Observable } from 'rxjs';
import { DomainError } from '../errors.js';

const MAX_BYTES = 65_536;

const parse = json({ limit: MAX_BYTES, strict: false, verify: refuseBrokenText });

/** Reads JSON bodies and nothing else. An interceptor runs behind the guards: no body is read before it is known who asks. */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    if (request.get('content-length') === '0') return next.handle(); // the pipe asks for a body where there has to be one
    // `is` says null where there is no body, and false where it has another type.
    if (request.is('application/json') === false) {
      throw new DomainError('unsupported_media_type', 'The body must be application/json.');
    }
    await new Promise<void>((resolve, reject) =>
      parse(request, response, (error?: unknown) => (error ? reject(error) : resolve())),
    );
    return next.handle();
  }
}

/** The parser would take an empty body for `{}`, and replace broken bytes without a word. */
function refuseBrokenText(_request: unknown, _response: unknown, body: Buffer): void {
  if (body.length === 0) throw new DomainError('malformed', 'The body is empty.');
  if (!isUtf8(body)) throw new DomainError('malformed', 'The body is not UTF-8.');
}
