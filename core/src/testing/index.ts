/** The test kit for plugins and adapters. Exports only. */
export * from './fakes.js';
export * from './receiver-fakes.js';
export * from './record-fakes.js';
export * from './record-rows.js';
export * from './stream-fakes.js';
export * from './storage/bench.js';
export * from './storage/suite.js';
