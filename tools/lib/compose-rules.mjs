// What a compose file must be besides valid: whole in itself, and without a secret in it.
import Ajv from 'ajv';
import { parse } from 'yaml';

const SECRET_NAME = /PASSWORD|SECRET|TOKEN|_KEY$|^DATABASE_URL$/;

/** Problems found, one line each; none is a good file. */
export function checkCompose(text, schema) {
  let compose;
  try {
    compose = parse(text);
  } catch (error) {
    return [`not YAML: ${error.message.split('\n')[0]}`];
  }
  const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
  if (!validate(compose)) return validate.errors.map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`);
  return Object.entries(compose.services).flatMap(([name, service]) => [...references(name, service, compose), ...inlineSecrets(name, service), ...dependencies(name, service, compose)]);
}

function references(name, service, compose) {
  const problems = [];
  for (const kind of ['secrets', 'networks']) {
    for (const used of service[kind] ?? []) if (!(used in (compose[kind] ?? {})) && !(kind === 'networks' && used === 'default')) problems.push(`services.${name}: ${kind} has no ${used}`);
  }
  for (const volume of service.volumes ?? []) {
    const [source] = volume.split(':');
    if (!/^[./~]/.test(source) && !(source in (compose.volumes ?? {}))) problems.push(`services.${name}: volumes has no ${source}`);
  }
  return problems;
}

function inlineSecrets(name, service) {
  return Object.entries(service.environment ?? {}).filter(([key, value]) => SECRET_NAME.test(key) && !key.endsWith('_FILE') && value !== null && !/^\$\{\w+(:\?[^}]*)?\}$/.test(String(value)))
    .map(([key]) => `services.${name}: ${key} holds a secret: name a file (${key}_FILE) or a variable`);
}

function dependencies(name, service, compose) {
  return Object.entries(service.depends_on ?? {}).flatMap(([other, { condition }]) => {
    if (!compose.services[other]) return [`services.${name}: depends on ${other}, which is no service`];
    if (condition === 'service_healthy' && !compose.services[other].healthcheck && !compose.services[other].build) return [`services.${name}: waits for ${other} to be healthy, which has no health check`];
    return [];
  });
}
