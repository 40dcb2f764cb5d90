import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { ApiGroup } from './control-services.js';

/** The API's description, generated from the controllers on first use: a start has no time for it. */
export interface OpenApiDocuments {
  readonly groups: readonly ApiGroup[];
  /** Null for a name that no group has. */
  group(name: string): Promise<OpenAPIObject | null>;
  whole(): Promise<OpenAPIObject>;
}

/** What only the installation knows and its documents tell, by name: `%name%` in a description or an example stands for it. */
export type DocumentWords = Readonly<Record<string, string>>;

function withWords(value: unknown, words: DocumentWords): unknown {
  if (typeof value === 'string') return value.replaceAll(/%([a-z-]+)%/g, (all, name: string) => words[name] ?? all);
  if (Array.isArray(value)) return value.map((each) => withWords(each, words));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withWords(each, words)]));
}

export function createOpenApiDocuments(application: INestApplication, groups: readonly ApiGroup[], version: string, words: () => DocumentWords): OpenApiDocuments {
  const built = new Map<string, OpenAPIObject>();

  async function build(title: string, description: string, included: readonly ApiGroup[]): Promise<OpenAPIObject> {
    const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
    const builder = new DocumentBuilder()
      .setTitle(title).setDescription(description).setVersion(version)
      .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
      .addServer('/', 'This platform').addServer('/api', 'The same routes')
      .addBasicAuth({ type: 'http', scheme: 'basic', description: 'User name: the id of an API key. Password: its secret. The first administrator\'s stands in admin.json.' }, 'api-key')
      .addSecurityRequirements('api-key');
    for (const tag of included.flatMap((each) => each.tags)) builder.addTag(tag);
    const document = SwaggerModule.createDocument(application, builder.build(), {
      include: included.map((each) => each.module),
      // Unique over all groups, so that the whole is a document clients can be generated from.
      operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    });
    return withWords(document, words()) as OpenAPIObject;
  }

  async function once(name: string, make: () => Promise<OpenAPIObject>): Promise<OpenAPIObject> {
    const present = built.get(name) ?? await make();
    built.set(name, present);
    return present;
  }

  return {
    groups,
    async group(name) {
      const group = groups.find((each) => each.name === name);
      return group ? once(name, () => build(group.title, group.description, [group])) : null;
    },
    whole: () => once('', () => build('Sluice', 'The whole API of this platform. Authorize with the key in admin.json; then an environment, a Kafka cluster in it (wait until its phase is PROVISIONED), a service account, an API key of its own for the cluster; and in the cluster topics and ACLs.', groups)),
  };
}
