export type ErrorFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * What the data path may know of an error: `permanent` never succeeds on a retry, `retryable` may.
 * Edges translate the two into gRPC and HTTP status codes.
 */
export type ErrorClass = 'permanent' | 'retryable';

export interface ErrorDefinition {
  readonly class: ErrorClass;
  /** Sentence with `{field}` placeholders. */
  readonly message: string;
  /** What the reader can do about it; the same placeholders. */
  readonly cure: string;
}

export interface MeterlarkErrorOptions {
  readonly code: string;
  readonly class: ErrorClass;
  readonly message: string;
  readonly cure: string;
  readonly fields: ErrorFields;
  readonly cause?: unknown;
}

/** The only error class that crosses a wall. Recognise it by `code`, never by its message. */
export class MeterlarkError extends Error {
  readonly code: string;
  readonly class: ErrorClass;
  readonly cure: string;
  readonly fields: ErrorFields;

  constructor(options: MeterlarkErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MeterlarkError';
    this.code = options.code;
    this.class = options.class;
    this.cure = options.cure;
    this.fields = options.fields;
  }
}

export type ErrorTable<K extends string> = {
  readonly [code in K]: (fields?: ErrorFields, cause?: unknown) => MeterlarkError;
} & { readonly definitions: Readonly<Record<K, ErrorDefinition>> };

/** Makes one table of stable error codes per package; each entry is a function that builds the error. */
export function defineErrors<K extends string>(definitions: Readonly<Record<K, ErrorDefinition>>): ErrorTable<K> {
  const makers: Record<string, unknown> = { definitions };
  for (const [code, definition] of Object.entries<ErrorDefinition>(definitions)) {
    makers[code] = (fields: ErrorFields = {}, cause?: unknown): MeterlarkError =>
      new MeterlarkError({
        code,
        class: definition.class,
        message: fill(definition.message, fields),
        cure: fill(definition.cure, fields),
        fields,
        cause,
      });
  }
  return makers as ErrorTable<K>;
}

export function isMeterlarkError(error: unknown): error is MeterlarkError {
  return error instanceof Error && error.name === 'MeterlarkError' && 'code' in error && 'cure' in error;
}

function fill(template: string, fields: ErrorFields): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in fields ? String(fields[name]) : whole));
}
