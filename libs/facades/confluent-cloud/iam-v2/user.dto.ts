import { ApiProperty } from '@nestjs/swagger';
import { listOf, ObjectMetadataDto } from '#libs/http';

export class UserDto {
  @ApiProperty({ example: 'iam/v2' }) api_version: string;
  @ApiProperty({ example: 'User' }) kind: string;
  @ApiProperty({ example: 'u-3f9q2w7e' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ example: 'admin@example.org' }) email: string;
  @ApiProperty({ example: 'First administrator' }) full_name: string;
  @ApiProperty({ enum: ['AUTH_TYPE_LOCAL', 'AUTH_TYPE_SSO'] }) auth_type: string;
}

export const UserListDto = listOf(UserDto, 'iam/v2', 'UserList');
