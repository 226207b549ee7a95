/** `log.*`: the log as it came. */
import { lalErrors } from '../errors.js';
import type { AccessNode } from '../language/ast.js';
import type { Compiled, Root } from './compiled.js';
import { faultAt, unknownName } from './scope.js';

const fields: ReadonlyMap<string, Compiled> = new Map<string, Compiled>([
  ['service', { kind: 'text', read: ({ input }) => input.service }],
  ['serviceInstance', { kind: 'text', read: ({ input }) => input.instance }],
  ['endpoint', { kind: 'text', read: ({ input }) => input.endpoint }],
  ['layer', { kind: 'text', read: ({ input }) => input.layer }],
  ['timestamp', { kind: 'long', read: ({ input }) => input.timeMs }],
  ['body', { kind: 'text', read: ({ input }) => input.body }],
  ['tags', { kind: 'any', read: ({ input }) => input.tags() }],
]);

const traceFields: ReadonlyMap<string, Compiled> = new Map<string, Compiled>([
  ['traceId', { kind: 'text', read: ({ input }) => input.traceId }],
  ['traceSegmentId', { kind: 'text', read: ({ input }) => input.segmentId }],
  ['spanId', { kind: 'int', read: ({ input }) => input.spanId }],
]);

const names = [...fields.keys(), ...[...traceFields.keys()].map((name) => `traceContext.${name}`)];

export function logRoot({ segments, at }: AccessNode): Root {
  const [first, second] = segments;
  if (first?.type !== 'field') {
    throw faultAt(lalErrors.METERLARK_LAL_STATEMENT, at, { reason: 'log is no value', form: `log.<field>, one of ${names.join(', ')}` });
  }
  const inTrace = first.name === 'traceContext' && second?.type === 'field';
  const value = inTrace ? traceFields.get(second.name) : fields.get(first.name);
  if (value !== undefined) return { value, taken: inTrace ? 2 : 1 };
  const name = inTrace ? `traceContext.${second.name}` : first.name;
  throw unknownName('field of the log', name, { at: first.at, known: names });
}
