import { All, Controller, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '#auth';
import { AppError } from '#http';

/** The old path of live events: answers with the new one. */
@ApiExcludeController()
@Controller('ws')
export class WsController {
  @All()
  @Public()
  elsewhere(@Res({ passthrough: true }) response: Response): never {
    response.setHeader('Upgrade', 'websocket');
    response.setHeader('Connection', 'Upgrade');
    response.setHeader('Link', '</socket.io/>; rel="alternate"');
    throw new AppError(
      426,
      'upgrade_required',
      'live events are at /socket.io: connect a socket.io client (version 4) to this host and send the token of POST /auth/login as auth.token',
    );
  }
}
