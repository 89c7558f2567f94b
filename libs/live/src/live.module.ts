import { Module } from '@nestjs/common';
import { ScalerModule } from '#scaler';
import { LiveServer } from './live.server.js';

@Module({ imports: [ScalerModule], providers: [LiveServer], exports: [LiveServer] })
export class LiveModule {}
