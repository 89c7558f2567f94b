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
  @ApiOperation({ summary: 'The kinds of providers that clusters may name, and what each takes' })
  @ApiOkResponse({ type: ProviderListDto })
  get(): ProviderListDto {
    return this.list;
  }
}
