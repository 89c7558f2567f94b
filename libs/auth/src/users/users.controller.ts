import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Put } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { ErrorDto, IdParam } from '#http';
import { CurrentCaller, Roles } from '../access/access.decorators.js';
import type { Caller } from '../access/principal.js';
import { ChangeUserDto, CreateUserDto, SetPasswordDto, UserDto, UserListDto, userToDto } from './users.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Roles('admin')
@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @ApiOperation({
    operationId: 'listUsers',
    summary: 'All accounts, oldest first',
    description: 'For admins. Passwords are never shown.',
  })
  @ApiOkResponse({ type: UserListDto })
  async list(): Promise<UserListDto> {
    const users = await this.users.list();
    return { users: users.map(userToDto), count: users.length };
  }

  @Post()
  @ApiOperation({
    operationId: 'createUser',
    summary: 'Create an account, also while registration is closed',
    description: 'For admins. Give the new user the password; it can be changed after the first login.',
  })
  @ApiCreatedResponse({ type: UserDto })
  @ApiBadRequestResponse({ type: ErrorDto })
  @ApiConflictResponse({ type: ErrorDto })
  async create(@Body() body: CreateUserDto, @CurrentCaller() caller: Caller): Promise<UserDto> {
    return userToDto(await this.users.create(body, caller));
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'updateUser',
    summary: 'Change role or scope of an account, disable or enable it; its logins and sockets follow within seconds',
    description:
      'For admins. Omitted fields stay. The last admin who can log in can neither be disabled nor lose the role.',
  })
  @ApiOkResponse({ type: UserDto })
  @ApiNotFoundResponse({ type: ErrorDto })
  @ApiConflictResponse({ type: ErrorDto, description: 'the last admin' })
  async change(
    @IdParam('id') id: string,
    @Body() body: ChangeUserDto,
    @CurrentCaller() caller: Caller,
  ): Promise<UserDto> {
    return userToDto(await this.users.change(id, body, caller));
  }

  @Put(':id/password')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'setUserPassword',
    summary: 'Reset the password of an account; its logins end within seconds',
    description: 'For admins, when a password is lost. Ends all logins of the account.',
  })
  @ApiNoContentResponse()
  @ApiBadRequestResponse({ type: ErrorDto, description: 'all rules that the password breaks' })
  @ApiNotFoundResponse({ type: ErrorDto })
  async setPassword(
    @IdParam('id') id: string,
    @Body() { password }: SetPasswordDto,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    await this.users.changePassword(id, password, 'password', caller);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteUser',
    summary: 'Remove an account that owns no clusters',
    description: 'For admins. Its audit entries are kept. Delete its clusters first.',
  })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ type: ErrorDto })
  @ApiConflictResponse({ type: ErrorDto, description: 'the last admin, or the owner of clusters' })
  async remove(@IdParam('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.users.remove(id, caller);
  }
}
