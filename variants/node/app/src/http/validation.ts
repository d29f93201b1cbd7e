import { type ArgumentMetadata, type PipeTransform, StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import { DomainError, type FieldError, notFound } from '../errors.js';

type Issue = { message: string; path?: ReadonlyArray<PropertyKey | { key: PropertyKey }> | undefined };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const escapeSegment = (segment: string) => segment.replaceAll('~', '~0').replaceAll('/', '~1');

function toFieldErrors(issue: Issue & { keys?: string[] }): FieldError[] {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  const pointer = (more: string[]) => [...path, ...more].map((part) => `/${escapeSegment(part)}`).join('');
  if (issue.keys) return issue.keys.map((key) => ({ pointer: pointer([key]), detail: 'Unknown field.' }));
  return [{ pointer: pointer([]), detail: issue.message }];
}

/** Checks what a handler declares with `@Body({ schema })` or `@Query({ schema })`. */
export class ValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({
      exceptionFactory: (issues) =>
        new DomainError('invalid', 'The request does not fit.', { errors: issues.flatMap(toFieldErrors) }),
    });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (metadata.type === 'body' && value === undefined) throw new DomainError('malformed', 'The body is missing.');
    return super.transform(value, metadata);
  }
}

/** An id that cannot exist is not found: the caller learns nothing of how ids look. */
export class IdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!UUID.test(value)) throw notFound();
    return value.toLowerCase();
  }
}

// PostgreSQL cannot store NUL, and a lone surrogate has no UTF-8 form.
const storable = (value: string) => !value.includes('\0') && value.isWellFormed();
const characters = (value: string) => [...value].length; // code points, as PostgreSQL counts them

export const line = (minimum: number, maximum: number) =>
  z
    .string()
    .refine(storable, { error: 'Must not hold NUL or half characters.', abort: true })
    .refine((value) => characters(value) >= minimum && characters(value) <= maximum, {
      error: `Must have ${minimum} to ${maximum} characters.`,
      abort: true,
    });

export const pageQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, { error: 'Must be a whole number from 1 to 100.' })
    .transform(Number)
    .pipe(z.number().min(1).max(100))
    .default(20),
  cursor: z.string().min(1).max(500).optional(),
});
