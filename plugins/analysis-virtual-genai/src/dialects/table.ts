/** What a dialect is: plain data, compiled once per shape of attributes (normalise/plan.ts). */

/** How the value of an attribute is understood. */
export type Reading =
  | 'text'
  /** First of a list; a list may be told as such, as JSON or with commas. */
  | 'first'
  | 'flag'
  /** Whole and not negative; digits in a text count as well. */
  | 'count'
  | 'usd'
  | 'milliseconds'
  | 'seconds'
  | 'nanoseconds'
  /** One key, two units: whole numbers are milliseconds (SkyWalking), others seconds (OpenLIT). */
  | 'wholeMilliseconds'
  /** Epoch milliseconds out of an ISO 8601 time, with or without the quotes of JSON. */
  | 'isoTime';

export type Field =
  | 'provider' | 'requestModel' | 'responseModel'
  | 'input' | 'uncachedInput' | 'cacheRead' | 'cacheWrite' | 'cacheWrite5m' | 'cacheWrite1h'
  | 'output' | 'visibleOutput' | 'reasoning' | 'audioInput' | 'audioOutput' | 'total'
  | 'timeToFirstToken' | 'firstTokenAt' | 'timePerOutputToken'
  | 'streaming' | 'finishReason' | 'serviceTier' | 'serverAddress' | 'reportedUsd'
  | 'errorType' | 'errorFlag' | 'httpStatus';

/** A key alone is read the field's usual way. */
export type Source =
  | string
  | {
      readonly key: string;
      readonly as?: Reading;
      /** Where in the JSON that the attribute holds. */
      readonly path?: readonly string[];
      /** Word in a JSON or Python map that the attribute holds as text: `{'cache_read': 12}`. */
      readonly entry?: string;
    };

export interface Recognition {
  readonly protocol?: 'skywalking';
  /** Beginning of the instrumentation scope's name; with a `$` at the end, the whole name. */
  readonly scopes?: readonly string[];
  /** A resource attribute that says who instruments. */
  readonly resource?: readonly [key: string, value: string];
  /** Any of these keys; with a `*` at the end, any key that begins so. */
  readonly keys?: readonly string[];
}

/** Input tokens that do not include the cached ones, where the dialect hands on what such a provider said. */
export interface ExclusiveInput {
  readonly providers?: readonly string[];
  /** Of this provider only models whose name has the word. */
  readonly models?: Readonly<Record<string, string>>;
  /** Something lies there only when such a provider answered. */
  readonly told?: { readonly key: string; readonly path: readonly string[] };
  /** Beginnings of scope names. */
  readonly scopes?: readonly string[];
}

export interface Dialect {
  readonly name: string;
  readonly recognised: Recognition;
  /** In order of precedence; the keys of all other dialects follow (index.ts). */
  readonly fields: Readonly<Partial<Record<Field, readonly Source[]>>>;
  readonly exclusiveInput?: ExclusiveInput;
}

/** A key whose value decides whether a span is a call to a model, and which. */
export interface Gate {
  readonly key: string;
  /** Lower-case word to operation; "" lets the next gate name it. A word that is not listed is no call. */
  readonly words: Readonly<Record<string, string>>;
  /** Lower-case words known to be no call; further ones are counted when the span has tokens. Without: none are. */
  readonly others?: ReadonlySet<string>;
}
