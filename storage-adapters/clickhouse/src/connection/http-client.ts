/** The client package, for `import()`: of a CommonJS package a bundle finds named exports only through a static import. */
export { ClickHouseLogLevel, createClient } from '@clickhouse/client';
