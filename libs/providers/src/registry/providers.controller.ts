import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '#auth';
import { ProviderListDto, providerToDto } from './provider.dto.js';
import { ProviderRegistry } from './provider.registry.js';

@ApiTags('providers')
@Controller('providers')
export class ProvidersController {
  private readonly list: ProviderListDto;

  constructor(registry: ProviderRegistry) {
    const providers = registry.all().map(providerToDto);
    this.list = { providers, count: providers.length };
  }

  @Get()
  @Authenticated()
  @ApiOperation({
    operationId: 'listProviders',
    summary: 'The kinds of providers that clusters may name, and what each takes',
    description:
      'With JSON Schemas of what a cluster and a connection state for each, plugins included. The page makes its forms from them.',
  })
  @ApiOkResponse({ type: ProviderListDto })
  get(): ProviderListDto {
    return this.list;
  }
}
