import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiBadRequestResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, CurrentCaller, Operators } from '#auth';
import type { Caller } from '#auth';
import { ContainsSecret, ErrorDto } from '#http';
import { AlertWebhookRequest, AlertWebhookStateDto, CreatedAlertWebhookDto } from './alert-webhook.dto.js';
import { AlertWebhookService } from './alert-webhook.service.js';

@ApiTags('operations')
@Controller('alerts/webhook')
export class AlertWebhookController {
  constructor(private readonly webhooks: AlertWebhookService) {}

  @Get()
  @Authenticated()
  @ApiOperation({ summary: 'The webhook for alerts of your clusters' })
  @ApiOkResponse({ type: AlertWebhookStateDto })
  async get(@CurrentCaller() caller: Caller): Promise<AlertWebhookStateDto> {
    return { webhook: await this.webhooks.find(caller) };
  }

  @Put()
  @Operators()
  @ContainsSecret()
  @ApiOperation({
    summary: 'Set the webhook for critical and warning alerts of your clusters',
    description:
      'Alerts are posted when they begin and when they end, signed with the returned secret. The secret is not shown again; setting the webhook again creates a new one.',
  })
  @ApiOkResponse({ type: CreatedAlertWebhookDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'a server that `alerts.allowed_urls` does not list' })
  async set(@CurrentCaller() caller: Caller, @Body() { url }: AlertWebhookRequest): Promise<CreatedAlertWebhookDto> {
    return this.webhooks.set(caller, url);
  }

  @Delete()
  @HttpCode(204)
  @Operators()
  @ApiOperation({ summary: 'Delete the webhook' })
  @ApiNoContentResponse()
  async remove(@CurrentCaller() caller: Caller): Promise<void> {
    await this.webhooks.remove(caller);
  }
}
