/** Figures of the codec for `npm run bench`: rows a second written, and read beside what protobufjs needs. */
import type { MeasureRow } from '../../src/connection/client.js';
import { checkMeasureRows } from '../../src/protocol/check-rows.js';
import { decodePoints } from '../../src/protocol/decode-answers.js';
import { encodeMeasureRow } from '../../src/protocol/encode-rows.js';
import { encodeMessage, messageType } from '../../src/protocol/root.js';
import { WireEncoder } from '../../src/protocol/wire-encoder.js';
import type { MeasureSpec } from '../../src/schema/model.js';

const count = 20_000;
const rounds = 5;
const names = ['tenant', 'metric', 'kind', 'entity', 'source', 'writer'];
const measure: MeasureSpec = {
  catalog: 'measure',
  group: 'bench',
  name: 'minute',
  tags: names.map((name) => ({ name, kind: 'string' })),
  fields: [{ name: 'sequence', kind: 'int' }, { name: 'states', kind: 'binary' }],
  entity: names,
  interval: '1m',
  indexes: [],
};
const timeMs = 1_795_286_340_000;
const rows = Array.from({ length: count }, (_, index): MeasureRow => {
  const tags = ['default', 'service_resp_time', 'SERVICE', `service-${index}::GENERAL`, 'otlp', 'w-1'];
  return { timeMs, version: BigInt(timeMs) * 1_000_000n + BigInt(index), tags, fields: [index, new Uint8Array(60).fill(index)] };
});

/** The harness's own. */
export interface CodecFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: number;
  readonly ratio?: number;
  readonly runs: number;
}

/** Rows a second, the best of some rounds: what else runs only makes them slower. */
export function benchBanyanCodec(): CodecFigure[] {
  const answer = answerOf();
  const type = messageType('banyandb.measure.v1.QueryResponse');
  const encoded = bestOf(writeAll);
  const decoded = bestOf(() => decodePoints(answer, names, ['sequence', 'states']));
  const baseline = bestOf(() => type.decode(answer));
  return [
    { name: 'banyandb_encode_rows', value: encoded, unit: 'rows/s', runs: rounds },
    { name: 'banyandb_decode_rows', value: decoded, unit: 'rows/s', baseline, ratio: Number((decoded / baseline).toFixed(2)), runs: rounds },
  ];
}

function writeAll(): void {
  checkMeasureRows(measure, rows);
  const out = new WireEncoder();
  for (const [index, row] of rows.entries()) encodeMeasureRow(out, measure, row, index + 1);
}

function bestOf(work: () => unknown): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now();
    work();
    best = Math.min(best, performance.now() - startMs);
  }
  return Math.round((count / best) * 1_000);
}

function answerOf(): Buffer {
  const dataPoints = rows.map(({ tags, fields, version }) => ({
    timestamp: { seconds: timeMs / 1_000 },
    tagFamilies: [{ name: 'row', tags: names.map((key, index) => ({ key, value: { str: { value: tags[index] } } })) }],
    fields: [{ name: 'sequence', value: { int: { value: fields[0] } } }, { name: 'states', value: { binaryData: fields[1] } }],
    version: String(version),
  }));
  return encodeMessage('banyandb.measure.v1.QueryResponse', { dataPoints });
}
