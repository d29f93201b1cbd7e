import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DomainError, type ErrorCode } from '../errors.js';
import { describeError, LOGGER, type Logger } from '../logging.js';
import { allowedMethods } from './allowed-methods.js';

// region: error-map
const PROBLEMS: Record<ErrorCode, readonly [status: number, title: string]> = {
  malformed: [400, 'Malformed request'],
  idempotency_key_missing: [400, 'Idempotency key missing'],
  unauthorized: [401, 'Not signed in'],
  forbidden: [403, 'Forbidden'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  already_booked: [409, 'Already booked'],
  capacity_below_booked: [409, 'Capacity below booked seats'],
  invalid_state: [409, 'Not possible in this state'],
  sold_out: [409, 'Sold out'],
  precondition_failed: [412, 'Precondition failed'],
  payload_too_large: [413, 'Body too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  idempotency_key_reused: [422, 'Idempotency key reused'],
  invalid: [422, 'Invalid request'],
  precondition_required: [428, 'Precondition required'],
  rate_limited: [429, 'Too many attempts'],
  internal: [500, 'Internal error'],
  unavailable: [503, 'Unavailable'],
};

/** The only place where errors become responses (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const error = toDomainError(thrown, request);
    if (error.code === 'internal') this.logger.error({ error: describeError(thrown) }, 'unexpected error');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const [status, title] = PROBLEMS[error.code];
    if (error.code === 'unauthorized') response.set('WWW-Authenticate', 'Bearer');
    if (error.extra.retryAfterSeconds) response.set('Retry-After', String(error.extra.retryAfterSeconds));
    if (error.extra.allow) response.set('Allow', error.extra.allow);
    const { code, message: detail } = error;
    const { errors } = error.extra;
    response
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify({ type: `urn:problem:${code}`, title, status, code, detail, errors }));
  }
}

function toDomainError(thrown: unknown, request: Request): DomainError {
  if (thrown instanceof DomainError) return thrown;
  switch (statusOf(thrown)) {
    case 400:
      if (!decodable(request.path)) return unknownRoute(request);
      return new DomainError('malformed', 'The request could not be read.');
    case 404:
      return unknownRoute(request);
    case 413:
      return new DomainError('payload_too_large', 'The body has more than 65,536 bytes.');
    case 415:
      return new DomainError(
        'unsupported_media_type',
        'The body must be JSON in UTF-8, not compressed in an unknown way.',
      );
    default:
      return new DomainError('internal', 'Something went wrong on our side.');
  }
}
// endregion: error-map

/** The status of what the framework throws: Nest's exceptions, and those of Express and its body parser. */
function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number') return thrown.status;
  return undefined;
}

/** A path that cannot be decoded, such as `/events/%E0%A4`, is an id that cannot exist. */
function decodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function unknownRoute(request: Request): DomainError {
  const allow = allowedMethods(request);
  if (allow === '') return new DomainError('not_found', 'There is nothing here.');
  return new DomainError('method_not_allowed', `${request.method} is not possible here.`, { allow });
}
