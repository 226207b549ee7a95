'use strict';
// Preloaded by the build into one start of the server: keeps what that start compiled.
const { writeCache } = require('./bin/compiled.cjs');

process.on('exit', (code) => {
  if (code === 0) writeCache(process.env.CODE_CACHE_FOLDER);
});
