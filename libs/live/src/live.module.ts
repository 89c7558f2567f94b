import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ScalerModule } from '#scaler';
import { APP_CONFIG } from '#config';
import { LiveAttachmentEntity } from './live-attachment.entity.js';
import { LIVE_ADAPTER, liveAdapter } from './live.adapter.js';
import { LiveServer } from './live.server.js';
import { WsController } from './ws.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([LiveAttachmentEntity]), ScalerModule],
  controllers: [WsController],
  providers: [LiveServer, { provide: LIVE_ADAPTER, inject: [APP_CONFIG], useFactory: liveAdapter }],
  exports: [LiveServer],
})
export class LiveModule {}
