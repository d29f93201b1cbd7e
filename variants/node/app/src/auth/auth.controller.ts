import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { PeerAddress } from '../http/peer-address.js';
import { line } from '../http/validation.js';
import { Public } from './auth.guard.js';
import { AuthService } from './auth.service.js';

const credentials = z.strictObject({
  email: line(1, 254).transform((email) => email.trim().toLowerCase()),
  password: line(1, 128),
});
const refreshToken = z.strictObject({ refresh_token: line(1, 512) });

@Public()
@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('login')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  login(@Body({ schema: credentials }) body: z.infer<typeof credentials>, @PeerAddress() address: string) {
    return this.auth.login(body.email, body.password, address);
  }

  @Post('refresh')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  refresh(@Body({ schema: refreshToken }) body: z.infer<typeof refreshToken>) {
    return this.auth.refresh(body.refresh_token);
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Body({ schema: refreshToken }) body: z.infer<typeof refreshToken>) {
    await this.auth.logout(body.refresh_token);
  }
}
