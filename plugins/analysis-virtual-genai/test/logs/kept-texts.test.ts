/** What is remembered of long texts is no more than was meant to be. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { origin, span, type AttributeObject } from '../spans.js';
import { started } from '../started.js';
import { log } from './logs.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const sent = 300;
const length = 200_000;
/** A tenth of what was sent. */
const mostKept = (sent * length) / 10;

function heapUsed(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Flat, as a receiver makes it of bytes. */
const long = (place: number): string => Buffer.from(`${place}-`.padEnd(length, 'x')).toString('latin1');

const chat: AttributeObject = {
  'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 1, 'gen_ai.usage.output_tokens': 1,
};

test.each(['x-request-id', 'gen_ai.request.model', 'gen_ai.response.model', 'session.id', 'gen_ai.provider.name', 'user.id'])(
  'of logs with a long %s that wait', async (key) => {
    const { tell } = await started({}, async () => [], { logs: true });
    const before = heapUsed();
    for (let place = 0; place < sent; place += 1) tell(log({ 'x-request-id': `r-${place}`, [key]: long(place) }, { at: place }));
    const kept = heapUsed() - before;
    // Still used: nothing of it may have been given up by now.
    expect([kept < mostKept, tell.length]).toEqual([true, 1]);
  },
);

test.each(['x-request-id', 'gen_ai.request.model', 'user.id'])('of spans with a long %s', async (key) => {
  const { listen, settle, records } = await started({}, async () => [], { logs: true });
  const before = heapUsed();
  for (let place = 0; place < sent; place += 1) listen(span({ ...chat, [key]: long(place) }, { spanId: `s${place}` }), origin());
  settle();
  const kept = heapUsed() - before;
  expect([kept < mostKept, records.rows('model_calls').length]).toEqual([true, sent]);
});
