import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiBadRequestResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, CurrentCaller, Operators } from '#auth';
import type { Caller } from '#auth';
import { ErrorDto } from '#http';
import { AlertWebhookRequest, AlertWebhookStateDto, CreatedAlertWebhookDto } from './alert-webhook.dto.js';
import { AlertWebhookService } from './alert-webhook.service.js';

@ApiTags('operations')
@Controller('alerts/webhook')
export class AlertWebhookController {
  constructor(private readonly webhooks: AlertWebhookService) {}

  @Get()
  @Authenticated()
  @ApiOperation({ summary: 'Where alerts of your clusters are posted' })
  @ApiOkResponse({ type: AlertWebhookStateDto })
  async get(@CurrentCaller() caller: Caller): Promise<AlertWebhookStateDto> {
    return { webhook: await this.webhooks.find(caller) };
  }

  @Put()
  @Operators()
  @ApiOperation({
    summary: 'Have critical and warning alerts of your clusters posted, when they begin and when they end',
    description: 'Signed with the secret of the answer, which is not shown again; setting it again makes a new one.',
  })
  @ApiOkResponse({ type: CreatedAlertWebhookDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'a server that `alerts.allowed_urls` does not list' })
  async set(@CurrentCaller() caller: Caller, @Body() { url }: AlertWebhookRequest): Promise<CreatedAlertWebhookDto> {
    return this.webhooks.set(caller, url);
  }

  @Delete()
  @HttpCode(204)
  @Operators()
  @ApiOperation({ summary: 'Post no more alerts of your clusters' })
  @ApiNoContentResponse()
  async remove(@CurrentCaller() caller: Caller): Promise<void> {
    await this.webhooks.remove(caller);
  }
}
