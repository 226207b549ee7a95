/** The front door: the API for plugins. Exports only. */
export * from './kernel/token.js';
export * from './kernel/error.js';
export * from './kernel/ambient.js';
export * from './kernel/definition.js';
export * from './model/telemetry.js';
export * from './model/metric.js';
export * from './model/metric-value.js';
export * from './model/entity.js';
export * from './model/labels.js';
export * from './model/time.js';
export * from './model/layer.js';
export * from './contract/storage.js';
export * from './contract/stream.js';
export * from './contract/pipeline.js';
export * from './contract/query.js';
export * from './contract/server.js';
