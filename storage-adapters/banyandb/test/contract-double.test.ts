import { afterAll, beforeAll } from 'vitest';
import { describeStorageContract } from '@meterlark/core/testing';
import { startBanyanDouble, type BanyanDouble } from './double/index.js';
import { openTestStore, sessionOf, wallClock } from './surroundings.js';

let double: BanyanDouble;
beforeAll(async () => {
  double = await startBanyanDouble();
});
afterAll(() => double.stop());

const open = async () => sessionOf(await openTestStore({ targets: [double.target] }));

describeStorageContract('banyandb, the double', { clock: wallClock, open, reopen: open, another: open });
