export type ErrorCode =
  | 'already_booked'
  | 'capacity_below_booked'
  | 'forbidden'
  | 'idempotency_key_missing'
  | 'idempotency_key_reused'
  | 'internal'
  | 'invalid'
  | 'invalid_state'
  | 'malformed'
  | 'method_not_allowed'
  | 'not_found'
  | 'payload_too_large'
  | 'precondition_failed'
  | 'precondition_required'
  | 'rate_limited'
  | 'sold_out'
  | 'unauthorized'
  | 'unavailable'
  | 'unsupported_media_type';

export interface FieldError {
  pointer: string;
  detail: string;
}

/** What went wrong, in the words of the domain. Only http/problem.filter.ts knows what HTTP makes of it. */
export class DomainError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail: string,
    readonly extra: { errors?: FieldError[]; retryAfterSeconds?: number; allow?: string } = {},
  ) {
    super(detail);
    this.name = 'DomainError';
  }
}

export const notFound = () => new DomainError('not_found', 'There is nothing here.');
