import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { Clock } from '../clock.js';
import { DomainError } from '../errors.js';
import { SETTINGS, type Settings } from '../settings.js';

const ISSUER = 'box-office';
const AUDIENCE = 'box-office-api';
const claims = z.object({ sub: z.uuid(), jti: z.string().min(1) });

@Injectable()
export class AccessTokens {
  private readonly key: Uint8Array;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    this.key = new TextEncoder().encode(settings.jwtSecret);
  }

  issue(accountId: string): Promise<string> {
    const now = Math.floor(this.clock.now().getTime() / 1000);
    return new SignJWT()
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(accountId)
      .setIssuedAt(now)
      .setExpirationTime(now + this.settings.accessTtlSeconds)
      .setJti(randomUUID())
      .sign(this.key);
  }

  /** The account that the token names; what is not exactly one of our tokens is refused. */
  async verify(token: string): Promise<string> {
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: ['HS256'],
        typ: 'at+jwt',
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'iat', 'exp', 'jti'],
        maxTokenAge: this.settings.accessTtlSeconds, // also refuses an `iat` in the future
        clockTolerance: 2,
        currentDate: this.clock.now(),
      });
      return claims.parse(payload).sub;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
        throw new DomainError('unauthorized', 'The access token is not valid.');
      }
      throw error;
    }
  }
}
