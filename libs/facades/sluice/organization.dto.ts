import { ApiProperty } from '@nestjs/swagger';
import { ObjectMetadataDto, RejectUnknownFields, TextField } from '#libs/http';

@RejectUnknownFields()
export class OrganizationCreateDto {
  @TextField({ example: 'Acme', maxLength: 31 }) display_name: string;
  @TextField({ required: false, example: 'admin@acme.example' }) administrator_email?: string;
}

class AdministratorDto {
  @ApiProperty({ example: 'u-3f9q2w7e' }) id: string;
  @ApiProperty({ example: 'admin@acme.example' }) email: string;
}

class AdministratorKeyDto {
  @ApiProperty({ example: 'K3Y1D16CHARACTER' }) id: string;
  @ApiProperty({ description: 'Shown this once; it is not kept.' }) secret: string;
}

export class NewOrganizationDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'NewOrganization' }) kind: string;
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ example: 'Acme' }) display_name: string;
  @ApiProperty({ type: () => AdministratorDto }) administrator: AdministratorDto;
  @ApiProperty({ type: () => AdministratorKeyDto, description: 'A cloud key of the administrator.' }) api_key: AdministratorKeyDto;
}
