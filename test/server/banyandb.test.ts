/** Issue: BanyanDB behind the same server. With METERLARK_TEST_BANYANDB=host:port on a real one, and always on the protocol double. */
import { describe, test } from 'vitest';

describe('storage: banyandb', () => {
  test.todo('and a target is all that changes: every query of the demo hour answers what ClickHouse answers');
  test.todo('the store is stopped and started again during ingestion: nothing that was accepted is missing or doubled in any answer');
  test.todo('two servers write the same minute of the same services: the sums are right');
  test.todo('a copy of ClickHouse answers what ClickHouse answered');
  test.todo('a server whose BanyanDB is away at the start exits 3 and names it');
});
