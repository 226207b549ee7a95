'use strict';
// Preloaded by the build into a start of the server: keeps what that start read, or the code that it compiled.
const { recordReadings, writeCache } = require('./bin/compiled.cjs');

const { RECORD: kind, RECORD_FOLDER: folder } = process.env;
const write = kind === 'readings' ? recordReadings(folder) : () => writeCache(folder);

process.on('exit', (code) => {
  if (code === 0) write();
});
