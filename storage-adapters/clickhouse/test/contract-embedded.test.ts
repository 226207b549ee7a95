import { afterAll, beforeAll } from 'vitest';
import { describeStorageContract } from '@meterlark/core/testing';
import { openTestStore, sessionOf, testFolder, wallClock, type TestFolder } from './surroundings.js';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const open = async () => sessionOf(await openTestStore({ path: folder.path }));

describeStorageContract('clickhouse, embedded', { clock: wallClock, open, reopen: open });
