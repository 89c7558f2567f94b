import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClustersModule } from '#clusters';
import { APP_CONFIG } from '#config';
import { ScalerModule } from '#scaler';
import { INSTANCE_ADAPTER, instanceAdapter } from './instance.adapter.js';
import { LiveAttachmentEntity } from './live-attachment.entity.js';
import { LiveGateway } from './live.gateway.js';
import { LiveIoAdapter } from './live-io.adapter.js';
import { LIVE_PROVIDERS } from './live.providers.js';
import { WsController } from './ws.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([LiveAttachmentEntity]), ClustersModule, ScalerModule],
  controllers: [WsController],
  providers: [...LIVE_PROVIDERS, { provide: INSTANCE_ADAPTER, inject: [APP_CONFIG], useFactory: instanceAdapter }],
  exports: [LiveGateway, LiveIoAdapter],
})
export class LiveModule {}
