import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { APP_CONFIG } from '#config';
import { ScalerModule } from '#scaler';
import { INSTANCE_ADAPTER, instanceAdapter } from './instance.adapter.js';
import { LiveAttachmentEntity } from './live-attachment.entity.js';
import { LIVE_PROVIDERS } from './live.providers.js';
import { LiveServer } from './live.server.js';
import { WsController } from './ws.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([LiveAttachmentEntity]), ScalerModule],
  controllers: [WsController],
  providers: [...LIVE_PROVIDERS, { provide: INSTANCE_ADAPTER, inject: [APP_CONFIG], useFactory: instanceAdapter }],
  exports: [LiveServer],
})
export class LiveModule {}
