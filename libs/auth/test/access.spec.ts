import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { AuthApp } from './auth-app.js';

@Controller('forgotten')
class ForgottenController {
  @Get()
  forgotten(): object {
    return { secret: true };
  }
}

describe('a route that does not say who may call it', () => {
  it('keeps the service from starting, by name', async () => {
    await expect(AuthApp.start({}, [ForgottenController])).rejects.toThrow(
      'these routes do not say who may call them: ForgottenController.forgotten (GET)',
    );
  });
});
