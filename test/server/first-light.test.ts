import { describe, test } from 'vitest';

describe('first light', () => {
  test.todo('npm install && npm start, npm run demo and the README query give numbers');
  test.todo('the receiver printed in docs/plugins.md runs from a folder outside the tree');
  test.todo('a storage provider from outside the tree passes describeStorageContract');
  test.todo('an analysis plugin from outside the tree adds a layer');
  test.todo('a throwing import, a missing promise and a duplicate identity each stop the start with the cure');
  test.todo('every row of test/conformance/faults.yml gives its code, file, key and cure');
});
