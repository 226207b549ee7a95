/** On a server that runs: METERLARK_TEST_BANYANDB=host:port. Each run has groups of its own, which stay. */
import { describe, test } from 'vitest';
import { describeStorageContract } from '@meterlark/core/testing';
import { newNamespace, openTestStore, realTarget, sessionOf, wallClock } from './surroundings.js';

if (realTarget === undefined) {
  describe('storage contract: a BanyanDB server', () => {
    test.skip('skipped: METERLARK_TEST_BANYANDB does not name a server (host:port)', () => undefined);
  });
} else {
  const settings = { targets: [realTarget], namespace: newNamespace() };
  const open = async () => sessionOf(await openTestStore(settings));
  describeStorageContract('a BanyanDB server', { clock: wallClock, open, reopen: open, another: open });
}
