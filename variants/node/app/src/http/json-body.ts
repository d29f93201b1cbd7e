import { isUtf8 } from 'node:buffer';
import { json, type NextFunction, type Request, type Response } from 'express';
import { DomainError } from '../errors.js';

const MAX_BYTES = 65_536;

/** Reads JSON bodies and nothing else. */
export const jsonBody = [json({ limit: MAX_BYTES, strict: false, verify: refuseBrokenText }), refuseOtherMedia];

/** A decoder would replace broken bytes without a word. */
function refuseBrokenText(_request: unknown, _response: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw new DomainError('malformed', 'The body is not UTF-8.');
}

/** The parser leaves a body of another type unread: it would look like an absent one. */
function refuseOtherMedia(request: Request, _response: Response, next: NextFunction): void {
  // `is` says null where there is no body, and false where it has another type.
  if (request.is('application/json') === false) {
    throw new DomainError('unsupported_media_type', 'The body must be application/json.');
  }
  next();
}
