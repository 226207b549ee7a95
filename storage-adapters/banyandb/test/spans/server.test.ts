/** Spans in the double, and in a BanyanDB that runs: METERLARK_TEST_BANYANDB=host:port. */
import { afterAll, describe } from 'vitest';
import { startBanyanDouble, type BanyanDouble } from '../double/index.js';
import { describeSpans } from './server-suite.js';

const target = process.env.METERLARK_TEST_BANYANDB ?? '';
if (target === '') console.log('spans are not tried on a real server: METERLARK_TEST_BANYANDB is not set');

let double: BanyanDouble | undefined;
afterAll(() => double?.stop());

describeSpans('the double', async () => {
  double = await startBanyanDouble();
  return double.target;
}, 4);
describe.skipIf(target === '')('METERLARK_TEST_BANYANDB', () => {
  describeSpans('a real BanyanDB', () => Promise.resolve(target), 12);
});
