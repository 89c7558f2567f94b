import {
  Fieldset,
  JsonInput,
  NumberInput,
  Select,
  SimpleGrid,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';
import type { ApiError } from '../api/client';
import { hintText } from '../forms/hint-text';
import { ConnectionSelect } from './connection-select';
import { type Field, type FieldSchema, fieldsOf, isGroup, placeholderOf, type Value } from './schema';

interface SchemaFieldsProps {
  readonly schema: FieldSchema;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  /** Path of a field in the service's errors: `provider.simulated`. */
  readonly path: string;
  readonly failure: ApiError | null;
}

/** The fields of an object, generated from its JSON Schema. */
export function SchemaFields({ schema, value, onChange, path, failure }: SchemaFieldsProps) {
  const fields = fieldsOf(schema);
  const props = (field: Field) => ({
    field,
    value: value[field.name],
    onChange: (next: unknown) => onChange({ ...value, [field.name]: next }),
    path: `${path}.${field.name}`,
    failure,
  });
  const groups = fields.filter(({ kind }) => kind === 'group');
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {fields
          .filter(({ kind }) => kind !== 'group')
          .map((field) => (
            <SchemaField key={field.name} {...props(field)} />
          ))}
      </SimpleGrid>
      {groups.map((field) => (
        <SchemaField key={field.name} {...props(field)} />
      ))}
    </>
  );
}

interface SchemaFieldProps {
  readonly field: Field;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly path: string;
  readonly failure: ApiError | null;
}

function SchemaField({ field, value, onChange, path, failure }: SchemaFieldProps) {
  const { kind, label, required, schema } = field;
  const shared = {
    label,
    description: hintText(schema),
    required,
    withAsterisk: false,
    error: failure?.about(path, label),
  };
  const placeholder = placeholderOf(schema);
  switch (kind) {
    case 'choice':
      return (
        <Select
          {...shared}
          data={(schema.enum ?? []).map(String)}
          placeholder={placeholder}
          value={typeof value === 'string' ? value : null}
          clearable={!required}
          onChange={onChange}
        />
      );
    case 'connection':
      return (
        <ConnectionSelect
          label={label}
          type={schema['x-connection'] ?? ''}
          value={typeof value === 'string' ? value : null}
          onChange={onChange}
          error={shared.error}
        />
      );
    case 'lines':
      return (
        <Textarea
          {...shared}
          autosize
          minRows={2}
          maxRows={8}
          spellCheck={false}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'number':
      return (
        <NumberInput
          {...shared}
          min={schema.minimum ?? Number.MIN_SAFE_INTEGER}
          max={schema.maximum ?? Number.MAX_SAFE_INTEGER}
          allowDecimal={schema.type !== 'integer'}
          placeholder={placeholder}
          value={typeof value === 'number' || typeof value === 'string' ? value : ''}
          onChange={onChange}
        />
      );
    case 'flag':
      return (
        <Switch
          label={label}
          description={schema.description}
          checked={value === true}
          error={shared.error}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'list':
      return <TagsInput {...shared} value={Array.isArray(value) ? value.map(String) : []} onChange={onChange} />;
    case 'group':
      return (
        <Fieldset legend={label} mt="sm">
          <SchemaFields
            schema={schema}
            value={isGroup(value) ? value : {}}
            onChange={onChange}
            path={path}
            failure={failure}
          />
        </Fieldset>
      );
    case 'json':
      return (
        <JsonInput
          {...shared}
          formatOnBlur
          autosize
          value={typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value, null, 2)}
          onChange={(text) => onChange(parsed(text))}
        />
      );
    case 'text':
      return (
        <TextInput
          {...shared}
          placeholder={placeholder}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}

/** Incomplete JSON stays text while it is being typed. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
