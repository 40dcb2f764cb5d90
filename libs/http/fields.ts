/** Fields of DTOs: what is checked and what is documented in one line, so that they can't differ. All work on JSON as sent; nothing is converted. */
import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Type as TransformTo } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsInt, IsNotEmpty, IsNumber, IsObject, IsOptional, IsString, Max, Min, ValidateBy, ValidateNested, type ValidationArguments, type ValidationOptions } from 'class-validator';

export interface FieldOptions {
  description?: string;
  example?: unknown;
  /** Default true. An optional field may also be null, which means absent. */
  required?: boolean;
}

function field(options: FieldOptions, documented: ApiPropertyOptions, ...checks: PropertyDecorator[]): PropertyDecorator {
  const required = options.required ?? true;
  const { description, example } = options;
  return applyDecorators(
    ApiProperty({ ...documented, required, ...(description === undefined ? {} : { description }), ...(example === undefined ? {} : { example }) } as ApiPropertyOptions),
    ...checks,
    ...(required ? [] : [IsOptional()]),
  );
}

/** What is missing is told apart from what is wrong. */
function mustBe(what: string): ValidationOptions {
  return { message: ({ value, property }: ValidationArguments) => `${property} ${value === undefined || value === null ? 'is required' : `must be ${what}`}` };
}

/** A required text isn't empty. */
export function TextField(options: FieldOptions & { maxLength?: number } = {}): PropertyDecorator {
  const required = options.required ?? true;
  const documented = { type: String, ...(options.maxLength === undefined ? {} : { maxLength: options.maxLength }) };
  return field(options, documented, IsString(mustBe('a text')), ...(required ? [IsNotEmpty({ message: '$property must not be empty' })] : []));
}

/** The check is the list's; for values that the domain judges, use TextField with `enum` in its description. */
export function ChoiceField(choices: readonly string[], options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: String, enum: [...choices] }, IsIn([...choices], mustBe(`one of ${choices.join(', ')}`)));
}

export function FlagField(options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: Boolean }, IsBoolean(mustBe('true or false')));
}

const INT32_MAX = 2_147_483_647;

/** Of 32 bits: what Kafka's protocol can say. */
export function WholeNumberField(options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: 'integer' }, IsInt(mustBe('a whole number')),
    Min(-INT32_MAX - 1, { message: '$property is too small' }), Max(INT32_MAX, { message: '$property is too large' }));
}

/** Any finite number; the bounds are told in the document and checked by the use case, which knows why. */
export function NumberField(options: FieldOptions & { minimum: number; maximum: number; isWhole?: boolean }): PropertyDecorator {
  const { minimum, maximum, isWhole = false } = options;
  return field(options, { type: isWhole ? 'integer' : 'number', minimum, maximum }, isWhole ? IsInt(mustBe('a whole number')) : IsNumber({ allowNaN: false, allowInfinity: false }, mustBe('a number')));
}

/** A number of bytes, as far as JSON's numbers are exact. */
export function BytesField(options: FieldOptions = {}): PropertyDecorator {
  return field(options, { type: 'integer', format: 'int64' }, IsInt(mustBe('a whole number')),
    Min(0, { message: '$property is too small' }), Max(Number.MAX_SAFE_INTEGER, { message: '$property is too large' }));
}

/** A list of texts; what may stand in them is the use case's to judge. */
export function TextsField(options: FieldOptions & { minSize?: number; maxSize: number }): PropertyDecorator {
  const { minSize = 0, maxSize } = options;
  return field(options, { type: [String], minItems: minSize, maxItems: maxSize } as ApiPropertyOptions, IsArray(mustBe('an array')),
    ArrayMinSize(minSize, { message: `$property must have at least ${minSize} entries` }), ArrayMaxSize(maxSize, { message: `$property must have at most ${maxSize} entries` }),
    IsString({ each: true, message: 'each entry of $property must be a text' }));
}

/** Whole numbers of 32 bits. */
export function WholeNumbersField(options: FieldOptions & { minSize?: number; maxSize: number }): PropertyDecorator {
  const { minSize = 0, maxSize } = options;
  return field(options, { type: 'array', items: { type: 'integer', format: 'int32' }, minItems: minSize, maxItems: maxSize } as ApiPropertyOptions, IsArray(mustBe('an array')),
    ArrayMinSize(minSize, { message: `$property must have at least ${minSize} entries` }), ArrayMaxSize(maxSize, { message: `$property must have at most ${maxSize} entries` }),
    IsInt({ each: true, message: 'each entry of $property must be a whole number' }), Min(0, { each: true, message: 'each entry of $property must be at least 0' }),
    Max(INT32_MAX, { each: true, message: 'an entry of $property is too large' }));
}

const isTextMap = (value: unknown, entriesMax: number, textMax: number): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)
  && Object.entries(value).length <= entriesMax && Object.entries(value).every(([name, text]) => typeof text === 'string' && name.length <= textMax && text.length <= textMax);

/** Texts by name; which names there may be is the use case's to judge. */
export function TextMapField(options: FieldOptions & { entriesMax: number; textMax: number }): PropertyDecorator {
  const { entriesMax, textMax } = options;
  const documented = { type: 'object', additionalProperties: { type: 'string', maxLength: textMax }, maxProperties: entriesMax } as ApiPropertyOptions;
  return field(options, documented, ValidateBy({ name: 'isTextMap', validator: { validate: (value: unknown) => isTextMap(value, entriesMax, textMax) } },
    mustBe(`an object of at most ${entriesMax} texts of at most ${textMax} characters, as {"name": "value"}`)));
}

export function ObjectField(type: () => Type<unknown>, options: FieldOptions = {}): PropertyDecorator {
  // The generator knows a lazy type by its function's name, which is `type` only when it is written so.
  return field(options, { type: () => type() }, IsObject(mustBe('an object')), ValidateNested(), TransformTo(type));
}

/** Objects of one shape. An array inside the array is no object: without that check its elements would pass unseen. */
export function ListField(type: () => Type<unknown>, options: FieldOptions & { minSize?: number; maxSize: number }): PropertyDecorator {
  const { minSize = 0, maxSize } = options;
  const documented = { type: () => [type()], minItems: minSize, maxItems: maxSize } as ApiPropertyOptions;
  return field(options, documented, IsArray(mustBe('an array')), ArrayMinSize(minSize, { message: `$property must have at least ${minSize} entries` }),
    ArrayMaxSize(maxSize, { message: `$property must have at most ${maxSize} entries` }), IsObject({ each: true, message: 'each entry of $property must be an object' }), ValidateNested({ each: true }), TransformTo(type));
}
