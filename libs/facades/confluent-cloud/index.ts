/** The vendor's control plane, by its API groups and versions. Shapes, codes and names of the vendor stop in this folder. */
import type { ApiGroup } from '#libs/http';
import { ApiKeysV2Module } from './apikeys-v2/apikeys-v2.module.js';
import { CmkV2Module } from './cmk-v2/cmk-v2.module.js';
import { IamV2Module } from './iam-v2/iam-v2.module.js';
import { MdsV2Module } from './mds-v2/mds-v2.module.js';
import { OrgV2Module } from './org-v2/org-v2.module.js';
import { SrcmV3Module } from './srcm-v3/srcm-v3.module.js';

export { confluentResourcePath } from './paths.js';

/** In the order in which a tenant comes to need them: so Swagger UI shows them. */
export const confluentCloudGroups: readonly ApiGroup[] = [
  { name: 'org-v2', title: 'Organizations and environments (org/v2)', description: 'An environment holds clusters; an organization holds everything of one tenant.', tags: ['Environments', 'Organizations'], module: OrgV2Module },
  { name: 'cmk-v2', title: 'Kafka clusters (cmk/v2)', description: 'The life of clusters. What is in them stands under /kafka/v3.', tags: ['Kafka clusters'], module: CmkV2Module },
  { name: 'iam-v2', title: 'Users and service accounts (iam/v2)', description: 'Whom keys and role bindings stand for.', tags: ['Service accounts', 'Users'], module: IamV2Module },
  { name: 'apikeys-v2', title: 'API keys (iam/v2)', description: 'Cloud keys open the whole API of their organization, cluster keys one cluster\'s brokers and data-plane routes.', tags: ['API keys'], module: ApiKeysV2Module },
  { name: 'mds-v2', title: 'Role bindings (iam/v2)', description: 'Who may do what, and where.', tags: ['Role bindings'], module: MdsV2Module },
  { name: 'srcm-v3', title: 'Schema Registry clusters (srcm/v3)', description: 'Empty while there is no schema registry.', tags: ['Schema Registry clusters'], module: SrcmV3Module },
];
