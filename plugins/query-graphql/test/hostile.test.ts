import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { Documents } from '../src/documents.js';
import { makeSchema } from '../src/schema.js';
import { graphql } from './support.js';

const messageOf = async (query: string, settings = {}): Promise<string | undefined> => {
  const { status, data, errors } = await graphql(settings).ask(query);
  expect([status, data]).toEqual([200, undefined]);
  return errors?.[0].message;
};

const tooManyFields = 'the query selects more than 10000 fields (a list counts 10, listMetrics and whole traces 50)';

describe('bodies that are no request', () => {
  test.each([
    ['nothing', ''],
    ['not JSON', '{"query":'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0])],
    ['null', 'null'],
    ['a number', '7'],
    ['a batch', '[{"query":"{version}"}]'],
    ['no query', '{"variables":{}}'],
    ['an empty query', '{"query":"  "}'],
    ['a query that is no text', '{"query":{"a":1}}'],
    ['variables that are a list', '{"query":"{version}","variables":[]}'],
    ['variables that are a text', '{"query":"{version}","variables":"{}"}'],
    ['an operation name that is no text', '{"query":"{version}","operationName":5}'],
  ])('%s gets 400 with errors as JSON', async (_, body) => {
    const { status, errors, data, text } = await graphql().post(body);
    expect([status, data]).toEqual([400, undefined]);
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'METERLARK_GRAPHQL_BAD_REQUEST' } });
    expect(text).not.toContain('at ');
  });

  test('variables that would become very many values are refused before they are parsed: their end is no JSON', async () => {
    for (const value of ['{},', '[],', '1,']) {
      const { status, errors } = await graphql().post(`{"query":"{version}","variables":{"a":[${value.repeat(300_000)}`);
      expect(status).toBe(400);
      expect(errors?.[0]).toMatchObject({ extensions: { code: 'METERLARK_GRAPHQL_TOO_LARGE' }, message: 'the query has variables of more than 200000 values' });
    }
  });

  test('null variables and names are as good as none', async () => {
    const { data } = await graphql().post('{"query":"{version}","variables":null,"operationName":null}');
    expect(data.version).toMatch(/^10\.4\.0-/);
    expect((await graphql().post('{"query":"{version}","operationName":""}')).data).toBeDefined();
  });
});

describe('documents', () => {
  test('with a syntax or validation error are answered 200 with errors and their place', async () => {
    const { status, errors } = await graphql().ask('{ version ');
    expect(status).toBe(200);
    expect(errors?.[0]).toMatchObject({ message: expect.stringContaining('Syntax Error'), locations: [{ line: 1 }] });
    expect(await messageOf('{ nope }')).toContain('Cannot query field "nope"');
    expect(await messageOf('{ listServices(layer: 5) { id } }')).toContain('String cannot represent');
  });

  test('with wrong variables are answered with errors and no data', async () => {
    const query = 'query ($d: Duration!) { getAllServices(duration: $d) { id } }';
    for (const variables of [{}, { d: 5 }, { d: { start: 'a', end: 'b', step: 'YEAR' } }, { d: { start: 'a', end: 'b', step: 'DAY', x: 1 } }]) {
      const { status, data, errors } = await graphql().ask(query, variables);
      expect([status, data]).toEqual([200, undefined]);
      expect(errors?.[0].message).toContain('$d');
    }
  });

  test('nested deeper than the limit are refused, however deep', async () => {
    const nested = (levels: number): string => '{ a '.repeat(levels) + '}'.repeat(levels);
    expect(await messageOf(nested(33))).toBe('the query is nested more than 32 levels deep');
    expect(await messageOf(nested(100_000))).toMatch(/nested too deep|tokens/);
    expect(await messageOf(`{ listServices(layer: ${'['.repeat(200_000)}`)).toMatch(/nested too deep|tokens/);
  });

  test('with an alias bomb are refused', async () => {
    const bomb = (count: number): string => `{ ${Array.from({ length: count }, (_, index) => `a${index}: version`).join(' ')} }`;
    expect(await messageOf(bomb(10_001))).toBe(tooManyFields);
    expect((await graphql().ask(bomb(10_000))).errors).toBeUndefined();
  });

  test('of a thousand expressions, each with an alias, are answered; of as many lists they are refused', async () => {
    const fields = (field: string, count: number): string => Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');
    const expression = 'execExpression(expression: "m", entity: {}, duration: { start: "2026-01-01", end: "2026-01-01", step: DAY }) { type error }';
    const { data, errors } = await graphql().ask(`{ ${fields(expression, 3_000)} }`);
    expect(errors).toBeUndefined();
    expect(Object.keys(data)).toHaveLength(3_000);
    expect(await messageOf(`{ ${fields('listServices { id }', 1_000)} }`)).toBe(tooManyFields);
    expect(await messageOf(`{ ${fields('listMetrics(regex: "a") { name }', 200)} }`)).toBe(tooManyFields);
  });

  test('with fragments that double at every level are refused without being expanded', async () => {
    const levels = Array.from({ length: 200 }, (_, index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`);
    const document = `{ ...f0 } ${levels.join(' ')} fragment f200 on Query { version }`;
    expect(await messageOf(document)).toBe(tooManyFields);
  });

  test('with fragments in a circle are refused', async () => {
    expect(await messageOf('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }')).toContain('Cannot spread fragment');
  });

  test('with thousands of equal fields or directives are refused', async () => {
    for (const equal of ['version '.repeat(1_000), 'listServices { id } '.repeat(900)]) {
      const { data, errors } = await graphql().ask(`{ ${equal} }`);
      expect(data).toBeUndefined();
      expect(errors).toEqual([
        { message: expect.stringContaining('names the same fields so often'), extensions: { code: 'METERLARK_GRAPHQL_TOO_MANY_REPEATS', cure: expect.stringContaining('alias') } },
      ]);
    }
    expect((await graphql().ask(`{ ${'version '.repeat(500)} }`)).errors).toBeUndefined();
    expect(await messageOf(`{ version ${'@skip(if: false) '.repeat(100_000)} }`)).toMatch(/longer than|tokens/);
    expect(await messageOf(`{ version ${'@a '.repeat(20_000)} }`)).toContain('Unknown directive');
  });

  test('that are longer than the limit are refused', async () => {
    expect(await messageOf(`{ version } #${'x'.repeat(2_000_000)}`)).toBe('the query is longer than 1048576 characters');
  });

  test('with many faults answer a bounded number of errors', async () => {
    const { errors } = await graphql().ask(`{ ${Array.from({ length: 4_000 }, (_, index) => `nope${index}`).join(' ')} }`);
    expect(errors).toHaveLength(20);
    expect(errors?.at(-1)?.message).toContain('Cannot query field');
  });

  test('of introspection work, those that go in circles do not', async () => {
    const { data, errors } = await graphql().ask(getIntrospectionQuery());
    expect(errors).toBeUndefined();
    expect(data.__schema.queryType.name).toBe('Query');
    const horizon = await graphql().ask('{ __type(name: "Query") { fields { name } } }');
    expect(horizon.data.__type.fields).toContainEqual({ name: 'execExpression' });
    const circle = '{ __schema { types ' + '{ fields { type '.repeat(8) + '{ name }' + '} }'.repeat(8) + '} }';
    expect(await messageOf(circle)).toContain('introspection depth');
  });

  test('of several operations need a name', async () => {
    const server = graphql();
    const query = 'query a { version } query b { getTimeInfo { timezone } }';
    expect((await server.ask(query)).errors?.[0].message).toContain('operation name');
    const named = await server.post(JSON.stringify({ query, operationName: 'b' }));
    expect(named.data).toEqual({ getTimeInfo: { timezone: '+0000' } });
  });

  test('cannot reach what every JavaScript object has', async () => {
    expect(await messageOf('{ constructor }')).toContain('Cannot query field');
    expect(await messageOf('{ __proto__ }')).toContain('Cannot query field');
  });
});

describe('faults inside', () => {
  test('are logged and told without message or stack', async () => {
    const server = graphql();
    server.metadata.entities = () => Promise.reject(new Error('password=hunter2'));
    const { status, data, errors, text } = await server.ask('{ version getService(serviceId: "x") { id } }');
    expect(status).toBe(200);
    expect(data).toEqual({ version: '10.4.0-meterlark-0.1.0', getService: null });
    expect(errors).toEqual([{ message: 'the server failed on this field; see its log', path: ['getService'], locations: [{ line: 1, column: 11 }] }]);
    expect(text).not.toMatch(/hunter2|\.ts/);
    expect(server.log.lines).toContainEqual(expect.objectContaining({ message: 'a GraphQL field failed' }));
  });
});

describe('remembered documents', () => {
  test('are bounded in number and size, and the one used last stays', () => {
    const documents = new Documents({ schema: makeSchema(), maxCached: 2, maxDepth: 32, maxFields: 5_000, maxDocumentLength: 1_000_000 });
    const document = (text: string) => {
      const prepared = documents.prepare(text);
      return 'document' in prepared ? prepared.document : undefined;
    };
    const first = document('{ a: version }');
    document('{ b: version }');
    expect(document('{ a: version }')).toBe(first);
    document('{ c: version }');
    expect(documents.cached).toBe(2);
    expect(document('{ a: version }')).toBe(first);
    document(`{ version } #${'x'.repeat(100_000)}`);
    expect(documents.cached).toBe(2);
    expect(documents.prepare('{ nope }')).toHaveProperty('errors');
    expect(documents.cached).toBe(2);
  });

  test('give the same answer as fresh ones', async () => {
    const server = graphql();
    const query = 'query ($id: ID!) { getEndpointInfo(endpointId: $id) { name } }';
    expect(parse(query).definitions).toHaveLength(1);
    expect((await server.ask(query, { id: 'eA==.1_eQ==' })).data.getEndpointInfo).toEqual({ name: 'y' });
    expect((await server.ask(query, { id: 'eA==.1_eg==' })).data.getEndpointInfo).toEqual({ name: 'z' });
  });
});
