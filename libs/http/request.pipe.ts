import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validate, type ValidationError } from 'class-validator';
import { HTTP_LIMITS } from './http.limits.js';
import { HttpFailure, invalidBody, type ProblemDetail } from './problem.js';

const REJECTS_UNKNOWN = Symbol('rejects unknown fields');

/** On a DTO of our own routes, or of our own part of a vendor's: a field that it doesn't declare is an error. (Vendors' DTOs drop it, as their clients need.) */
export function RejectUnknownFields(): ClassDecorator {
  return (target) => Reflect.defineMetadata(REJECTS_UNKNOWN, true, target);
}

/** Turns bodies and queries into their DTO: declared fields only, checked. Parameters that are plain types pass as they are. */
@Injectable()
export class RequestPipe implements PipeTransform {
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const type = metadata.metatype;
    if ((metadata.type !== 'body' && metadata.type !== 'query') || !type || plainTypes.has(type)) return value;
    const isBody = metadata.type === 'body';
    const input = value ?? {};
    if (typeof input !== 'object' || Array.isArray(input)) throw invalidBody([{ detail: 'The body must be a JSON object.', source: { pointer: '' } }]);
    const nul = pathOfNul(input, '');
    if (nul !== null) throw problemsOf([{ detail: 'Text must not hold a NUL character.', path: nul }], isBody);
    const reserved = pathOfReserved(input, '');
    if (reserved !== null) throw problemsOf([{ detail: 'No field may have this name.', path: reserved }], isBody);

    const instance = plainToInstance(type, input) as object;
    // Before it is validated: that takes away what isn't declared.
    const unknown = unknownFields(instance, '');
    const rejectUnknown = Reflect.getMetadata(REJECTS_UNKNOWN, type) === true;
    const errors = await validate(instance, { whitelist: true, forbidNonWhitelisted: rejectUnknown, forbidUnknownValues: false, stopAtFirstError: true });
    if (errors.length > 0) throw problemsOf(flatten(errors, ''), isBody);
    if (unknown.length > 0) throw problemsOf(unknown, isBody);
    return instance;
  }
}

const plainTypes = new Set<unknown>([String, Boolean, Number, Array, Object, Buffer]);

interface Found { path: string; detail: string }

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
const noSuchField = (key: string): string => `There is no field ${key} here.`;

/** Of parts that declare all that they may have. */
function unknownFields(value: unknown, path: string): Found[] {
  if (typeof value !== 'object' || value === null) return [];
  const type: unknown = value.constructor;
  const isStrict = typeof type === 'function' && Reflect.getMetadata(REJECTS_UNKNOWN, type) === true;
  const known = isStrict ? new Set(getMetadataStorage().getTargetValidationMetadatas(type, '', false, false).map(({ propertyName }) => propertyName)) : null;
  return Object.entries(value).flatMap(([key, each]) => (known && !known.has(key) ? [{ path: `${path}/${escaped(key)}`, detail: noSuchField(key) }] : unknownFields(each, `${path}/${escaped(key)}`)));
}

function flatten(errors: readonly ValidationError[], parent: string): Found[] {
  return errors.flatMap((error) => {
    const path = `${parent}/${escaped(error.property)}`;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({ path, detail: sentence(rule, message, error.property) }));
    return [...own, ...flatten(error.children ?? [], path)];
  });
}

function sentence(rule: string, message: string, property: string): string {
  return rule === 'whitelistValidation' ? noSuchField(property) : `${message.endsWith('.') ? message : `${message}.`}`;
}

function problemsOf(found: readonly Found[], isBody: boolean): HttpFailure {
  const details: ProblemDetail[] = found.slice(0, HTTP_LIMITS.validationErrorsMax)
    .map(({ path, detail }) => ({ detail, source: isBody ? { pointer: path } : { parameter: path.slice(1).replaceAll('~1', '/').replaceAll('~0', '~') } }));
  return isBody ? invalidBody(details) : new HttpFailure(400, 'invalid_filter', details);
}

/** Names that every object of JavaScript's has: a library that looks for a value's class would find the caller's word instead, and one that copies values leaves these out. */
const reservedNames: ReadonlySet<string> = new Set(['prototype', ...Object.getOwnPropertyNames(Object.prototype)]);

function pathOfReserved(value: unknown, path: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, each] of Object.entries(value)) {
    const found = reservedNames.has(key) ? `${path}/${key}` : pathOfReserved(each, `${path}/${key}`);
    if (found !== null) return found;
  }
  return null;
}

/** Where a text with a NUL stands; null when there is none. The depth is bounded by the body parser. */
function pathOfNul(value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.includes('\0') ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, each] of Object.entries(value)) {
    const found = key.includes('\0') ? path : pathOfNul(each, `${path}/${key}`);
    if (found !== null) return found;
  }
  return null;
}
