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
  @ApiOperation({
    operationId: 'getAlertWebhook',
    summary: 'The webhook for alerts of your clusters',
    description:
      'Its URL and when it was set, without the signing secret. The field `webhook` is `null` if there is none.',
  })
  @ApiOkResponse({ type: AlertWebhookStateDto })
  async get(@CurrentCaller() caller: Caller): Promise<AlertWebhookStateDto> {
    return { webhook: await this.webhooks.find(caller) };
  }

  @Put()
  @Operators()
  @ContainsSecret()
  @ApiOperation({
    operationId: 'setAlertWebhook',
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
  @ApiOperation({
    operationId: 'deleteAlertWebhook',
    summary: 'Delete the webhook',
    description: 'Alerts that are still queued for it are not sent. Alerts stay visible in the API and on the page.',
  })
  @ApiNoContentResponse()
  async remove(@CurrentCaller() caller: Caller): Promise<void> {
    await this.webhooks.remove(caller);
  }
}
