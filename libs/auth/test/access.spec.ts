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

describe('a route without an access decorator', () => {
  it('fails the start with its name', async () => {
    await expect(AuthApp.start({}, [ForgottenController])).rejects.toThrow(
      'these routes do not say who may call them: ForgottenController.forgotten (GET)',
    );
  });
});
