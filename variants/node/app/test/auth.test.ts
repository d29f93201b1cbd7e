import { hash } from '@node-rs/argon2';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, TestService } from './support.js';

const SECRET = 'a secret of the tests, with more than 32 bytes';
let service: TestService;

beforeAll(async () => {
  service = await TestService.start({ JWT_SECRET: SECRET, LOGIN_LIMIT_PER_ACCOUNT: '3' });
});

afterAll(() => service.stop());
afterEach(() => service.database.query('DELETE FROM rate_limits'));

const login = (email: string, password: string) =>
  service.request('POST', '/auth/login', {
    body: { email, password },
    headers: { 'X-Forwarded-For': `10.0.0.${Math.random()}` },
  });
const refresh = (token: string) => service.request('POST', '/auth/refresh', { body: { refresh_token: token } });

describe('an address', () => {
  it('gets the same answer whether or not it is taken, and a taken one keeps its password', async () => {
    const { credentials } = await service.person();
    const taken = { email: ` ${credentials.email.toUpperCase()}`, password: 'another long password' };

    const answer = await service.request('POST', '/accounts', { body: taken });

    expect(answer).toMatchObject({ status: 202, body: { status: 'accepted' } });
    expect((await login(credentials.email, taken.password)).status).toBe(401);
    expect((await login(credentials.email, credentials.password)).status).toBe(200);
  });
});

describe('signing in', () => {
  it('is limited by account, for the right password and for unknown accounts too', async () => {
    const { credentials } = await service.person(); // its first attempt
    const attempts: Answer[] = [];
    for (let count = 0; count < 3; count++) attempts.push(await login(credentials.email, 'wrong'));
    const right = await login(credentials.email, credentials.password);

    expect(attempts.map((attempt) => attempt.status)).toEqual([401, 401, 429]);
    expect(right).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(right.headers.get('Retry-After'))).toBeGreaterThan(0);
    const buckets = await service.database.query<{ bucket: string }>('SELECT bucket FROM rate_limits');
    expect(buckets.every(({ bucket }) => !bucket.includes('@'))).toBe(true);
  });

  it('renews a hash with other parameters', async () => {
    const { credentials } = await service.person();
    const [account] = await service.database.query<{ id: string }>('SELECT id FROM accounts WHERE email = $1', [
      credentials.email,
    ]);
    const stored = async () =>
      (
        await service.database.query<{ hash: string }>('SELECT password_hash AS hash FROM accounts WHERE id = $1', [
          account?.id,
        ])
      )[0]?.hash;
    const cheaper = await hash(credentials.password, { memoryCost: 8, timeCost: 1, parallelism: 1 });
    await service.database.query('UPDATE accounts SET password_hash = $1 WHERE id = $2', [cheaper, account?.id]);

    expect((await login(credentials.email, credentials.password)).status).toBe(200);

    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
    expect((await login(credentials.email, credentials.password)).status).toBe(200);
  });
});

describe('a refresh token', () => {
  it('is good for one use; used again it ends its family and no other', async () => {
    const { credentials, tokens } = await service.person();
    const other = (await login(credentials.email, credentials.password)).body.refresh_token;

    const second = (await refresh(tokens.refresh_token)).body.refresh_token;
    expect((await refresh(tokens.refresh_token)).status).toBe(401);

    expect((await refresh(second)).status).toBe(401);
    expect((await refresh(other)).status).toBe(200);
  });

  it('has one winner when it is used twice at once, and its family ends', async () => {
    const { tokens } = await service.person();

    const answers = await Promise.all([refresh(tokens.refresh_token), refresh(tokens.refresh_token)]);

    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401]);
    const winner = answers.find((answer) => answer.status === 200);
    expect((await refresh(winner?.body.refresh_token)).status).toBe(401);
  });

  it('ends with the logout, which says nothing of tokens it does not know', async () => {
    const { tokens } = await service.person();
    const logout = (token: string) => service.request('POST', '/auth/logout', { body: { refresh_token: token } });

    expect((await logout(tokens.refresh_token)).status).toBe(204);
    expect((await logout('unknown')).status).toBe(204);
    expect((await refresh(tokens.refresh_token)).status).toBe(401);
  });
});

describe('an access token', () => {
  const now = () => Math.floor(Date.now() / 1000);

  async function token(change: { claims?: object; header?: object; secret?: string } = {}): Promise<string> {
    const { tokens } = await service.person();
    const own = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString());
    return new SignJWT({ ...own, ...change.claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...change.header })
      .sign(new TextEncoder().encode(change.secret ?? SECRET));
  }

  it('is believed with all its claims', async () => {
    expect((await service.request('GET', '/me', { token: await token() })).status).toBe(200);
  });

  it.each([
    ['expired', { claims: { exp: now() - 10 } }],
    ['of the future', { claims: { iat: now() + 60, exp: now() + 120 } }],
    ['without an end', { claims: { exp: undefined } }],
    ['without an id', { claims: { jti: undefined } }],
    ['of another issuer', { claims: { iss: 'someone' } }],
    ['for another audience', { claims: { aud: 'other-api' } }],
    ['of nobody', { claims: { sub: '00000000-0000-4000-8000-000000000000' } }],
    ['of another type', { header: { typ: 'JWT' } }],
    ['of another algorithm', { header: { alg: 'HS512' } }],
    ['signed by others', { secret: 'another secret that is long enough, too' }],
  ])('is refused when it is %s', async (_what, change) => {
    const answer = await service.request('GET', '/me', { token: await token(change) });

    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
  });
});
