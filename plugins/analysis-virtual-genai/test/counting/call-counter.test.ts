import { describe, expect, test } from 'vitest';
import type { ModelCall } from '@meterlark/core';
import { CallCounter } from '../../src/counting/call-counter.js';
import { RecentCalls } from '../../src/counting/recent-calls.js';
import { TransportLinks } from '../../src/counting/transport-links.js';
import { call } from '../spans.js';

interface Words {
  readonly id: string;
  readonly parent?: string;
  readonly model?: string;
  readonly operation?: string;
  readonly trace?: string;
  readonly tenant?: string;
}

function made({ id, model = 'gpt-4o', operation = 'chat', trace = 't', tenant = '' }: Words): ModelCall {
  return {
    ...call({ 'gen_ai.operation.name': operation, 'gen_ai.request.model': model }), spanId: id, traceId: trace,
    id: `${trace}-${id}`, tenant,
  };
}

function counting(options: { maxSpans?: number; maxPending?: number; fail?: boolean } = {}) {
  const counted: string[] = [];
  const passedOver: string[] = [];
  const errors: unknown[] = [];
  const counter = new CallCounter({
    maxPending: options.maxPending ?? 100,
    recent: new RecentCalls(options.maxSpans ?? 1000, new TransportLinks(1000)),
    onCounted: ({ id }) => {
      if (options.fail === true && counted.length === 0) {
        counted.push('failed');
        throw new Error('full');
      }
      counted.push(id.slice(2));
    },
    onPassedOver: (reason) => passedOver.push(reason),
    onSettled: () => undefined,
    onError: (error) => errors.push(error),
  });
  const batch = (...all: readonly Words[]): void => {
    for (const words of all) counter.add(made(words), words.parent ?? '');
    counter.settle();
  };
  return { counter, counted, passedOver, errors, batch };
}

describe('a call', () => {
  test('is counted once, however often its span is sent', () => {
    const { batch, counted, passedOver } = counting();
    batch({ id: 'a' }, { id: 'a' });
    batch({ id: 'a' });
    expect([counted, passedOver]).toEqual([['a'], ['again', 'again']]);
  });

  test('of another trace or tenant is another call', () => {
    const { batch, counted } = counting();
    batch({ id: 'a' }, { id: 'a', trace: 'u' }, { id: 'a', tenant: 'x' }, { id: 'a', tenant: 'y' });
    expect(counted).toHaveLength(4);
  });

  test('is counted at the end of its batch, without anyone asking', async () => {
    const { counter, counted } = counting();
    counter.add(made({ id: 'a' }), '');
    expect(counted).toEqual([]);
    await Promise.resolve();
    expect(counted).toEqual(['a']);
  });

  test('does not wait when too many do', () => {
    const { counter, counted } = counting({ maxPending: 2 });
    counter.add(made({ id: 'a' }), '');
    counter.add(made({ id: 'b' }), '');
    expect(counted).toEqual(['a', 'b']);
  });

  test('that cannot be counted does not keep the next one from it', () => {
    const { batch, counted, errors } = counting({ fail: true });
    batch({ id: 'a' }, { id: 'b' });
    expect([counted, errors]).toEqual([['failed', 'b'], [new Error('full')]]);
  });

  test('that was seen long ago is forgotten', () => {
    const { batch, counted } = counting({ maxSpans: 4 });
    batch({ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }, { id: 'e' });
    batch({ id: 'e' }, { id: 'a' });
    expect(counted).toEqual(['a', 'b', 'c', 'd', 'e', 'a']);
  });
});

describe('calls that are held', () => {
  test('are counted when what they wait for is there, and those after them as usual', async () => {
    const { counter, counted, batch } = counting();
    let release: () => void = () => undefined;
    counter.hold(new Promise((resolve) => (release = resolve)));
    batch({ id: 'a' });
    batch({ id: 'b' });
    await Promise.resolve();
    expect(counted).toEqual([]);
    release();
    await Promise.resolve();
    await Promise.resolve();
    expect(counted).toEqual(['a', 'b']);
    batch({ id: 'c' });
    expect(counted).toEqual(['a', 'b', 'c']);
  });

  test('are bounded, and counted by force when all must be', () => {
    const { counter, counted, batch } = counting({ maxPending: 2 });
    counter.hold(new Promise(() => undefined));
    batch({ id: 'a' }, { id: 'b' }, { id: 'c' });
    expect(counted).toEqual(['a', 'b']);
    counter.settleAll();
    expect(counted).toEqual(['a', 'b', 'c']);
  });

  test('are counted also when what they wait for fails', async () => {
    const { counter, counted, batch } = counting();
    counter.hold(Promise.reject(new Error('away')));
    batch({ id: 'a' });
    await Promise.resolve();
    await Promise.resolve();
    expect(counted).toEqual(['a']);
  });
});

describe('a trace of many calls', () => {
  test('is still known span by span, and nested views in it are', () => {
    const { batch, counted, passedOver } = counting();
    const many = Array.from({ length: 50 }, (_, place): Words => ({
      id: `s${place}`, parent: `p${place}`, model: `m${place}`,
    }));
    batch(...many);
    batch(...many);
    batch({ id: 'p7', model: 'm7' }, { id: 'x', parent: 's9', model: 'm9' }, { id: 'p8', model: 'other' });
    expect(counted).toHaveLength(51);
    expect(passedOver).toEqual([...many.map(() => 'again'), 'nested', 'nested']);
  });

  test('without end does not grow without end', () => {
    const { batch, counted } = counting({ maxSpans: 100 });
    for (let place = 0; place < 1020; place += 1) batch({ id: `s${place}` });
    batch({ id: 's1019' }, { id: 's0' });
    expect(counted).toHaveLength(1021);
    expect(counted.at(-1)).toBe('s0');
  });
});

describe('of two views of one call, one inside the other,', () => {
  test.each([['child', [{ id: 'c', parent: 'p' }, { id: 'p' }]], ['parent', [{ id: 'p' }, { id: 'c', parent: 'p' }]]] as const)(
    'the inner is counted when both are in a batch, the %s first',
    (_, words) => {
      const { batch, counted, passedOver } = counting();
      batch(...words);
      expect([counted, passedOver]).toEqual([['c'], ['nested']]);
    },
  );

  test('the one that came first is counted when they come apart', () => {
    const outerFirst = counting();
    outerFirst.batch({ id: 'p' });
    outerFirst.batch({ id: 'c', parent: 'p' });
    expect(outerFirst.counted).toEqual(['p']);
    const innerFirst = counting();
    innerFirst.batch({ id: 'c', parent: 'p' });
    innerFirst.batch({ id: 'p' });
    expect(innerFirst.counted).toEqual(['c']);
  });

  test('one of three is counted, whatever their order', () => {
    const three: readonly Words[] = [{ id: 'a' }, { id: 'b', parent: 'a' }, { id: 'c', parent: 'b' }];
    const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (const order of orders) {
      const together = counting();
      together.batch(...order.map((place) => three[place]!));
      expect(together.counted).toEqual(['c']);
    }
  });

  test('one is counted when one names the model shorter, with a vendor, or not at all', () => {
    for (const [outer, inner] of [
      ['gpt-4o', 'gpt-4o-2024-08-06'], ['openai/gpt-4o', 'gpt-4o'], ['unknown', 'gpt-4o'], ['gpt-4', 'gpt-4-0613'],
      ['gpt-4-turbo', 'gpt-4-turbo-latest'], ['claude-3-haiku', 'claude-3-haiku@20240307'],
      ['amazon.nova-v1', 'amazon.nova-v1:0'],
    ] as const) {
      const { batch, counted } = counting();
      batch({ id: 'c', parent: 'p', model: inner }, { id: 'p', model: outer });
      expect(counted).toEqual(['c']);
    }
  });

  test('both are counted when they call different models or do different things', () => {
    for (const inner of [
      { model: 'gpt-4o-mini' }, { model: 'gpt-4o.1' }, { model: 'gpt-4o-5' }, { model: 'gpt-4o-16k' },
      { model: 'claude-sonnet-4-5' }, { operation: 'embeddings' },
    ]) {
      const { batch, counted } = counting();
      batch({ id: 'c', parent: 'p', ...inner }, { id: 'p' });
      expect(counted).toEqual(['c', 'p']);
    }
  });

  test('all inner ones are counted when there are several', () => {
    const { batch, counted } = counting();
    batch({ id: 'e', parent: 'p', operation: 'embeddings' }, { id: 'c', parent: 'p' }, { id: 'd', parent: 'p' });
    batch({ id: 'p' });
    expect(counted).toEqual(['e', 'c', 'd']);
  });

  test('a parent that is itself, or of another trace, is none', () => {
    const { batch, counted } = counting();
    batch({ id: 'a', parent: 'a' }, { id: 'c', parent: 'p' }, { id: 'p', trace: 'u' });
    expect(counted).toEqual(['a', 'c', 'p']);
  });
});
