import { defineErrors } from '@meterlark/core';

export const storageErrors = defineErrors({
  METERLARK_STORAGE_CLICKHOUSE_UNREACHABLE: {
    class: 'retryable',
    message: 'ClickHouse at {url} does not answer: {reason}',
    cure: 'Check that the server runs and that storage.clickhouse.url, TLS files and firewalls are right.',
  },
  METERLARK_STORAGE_CLICKHOUSE_AUTHENTICATION: {
    class: 'permanent',
    message: 'ClickHouse at {url} refuses the user {user}: {reason}',
    cure: 'Set METERLARK_STORAGE_CLICKHOUSE_USER and METERLARK_STORAGE_CLICKHOUSE_PASSWORD, and grant the user the database.',
  },
  METERLARK_STORAGE_CLICKHOUSE_OVERLOADED: {
    class: 'retryable',
    message: 'ClickHouse cannot serve the request now (code {number}): {reason}',
    cure: 'It is retried. When it lasts, give ClickHouse more memory or disk, or write larger and fewer batches.',
  },
  METERLARK_STORAGE_CLICKHOUSE_REFUSED: {
    class: 'permanent',
    message: 'ClickHouse refuses a statement (code {number}): {reason}',
    cure: 'Check that nobody changed the tables by hand; otherwise report this with the code.',
  },
  METERLARK_STORAGE_CLICKHOUSE_BUSY: {
    class: 'retryable',
    message: '{waiting} statements wait for the embedded ClickHouse already',
    cure: 'Send fewer queries at a time, or raise storage.clickhouse.maxWaiting.',
  },
  METERLARK_STORAGE_CLICKHOUSE_CLOSED: {
    class: 'retryable',
    message: 'The storage is closed',
    cure: 'The server is stopping; send the request to another one or again after its restart.',
  },
  METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER: {
    class: 'permanent',
    message: 'The answer of ClickHouse cannot be read: {reason}',
    cure: 'Check that no proxy changes the answers and that the server is ClickHouse 24.8 or later.',
  },
  METERLARK_STORAGE_CLICKHOUSE_FOLDER_IN_USE: {
    class: 'permanent',
    message: 'Another process{holder} uses the data folder {path}: it holds the lock {lock}',
    cure: 'Stop that process, or give this one another folder with METERLARK_STORAGE_CLICKHOUSE_PATH.',
  },
  METERLARK_STORAGE_CLICKHOUSE_FOLDER_NOT_WRITABLE: {
    class: 'permanent',
    message: 'The data folder {path} cannot be written: {reason}',
    cure: 'Give this user the right to write there, or choose another folder with METERLARK_STORAGE_CLICKHOUSE_PATH.',
  },
  METERLARK_STORAGE_CLICKHOUSE_OPEN_FAILED: {
    class: 'permanent',
    message: 'The embedded ClickHouse cannot open {path}: {reason}',
    cure: 'If a process in another container holds {lock}, stop it; if files are damaged, restore the folder or start with an empty one.',
  },
  METERLARK_STORAGE_CLICKHOUSE_ONE_FOLDER: {
    class: 'permanent',
    message: 'This process already has the data folder {open} open and cannot open {path} too',
    cure: 'The embedded ClickHouse serves one folder per process: close the other storage first.',
  },
  METERLARK_STORAGE_CLICKHOUSE_ENGINE_MISSING: {
    class: 'permanent',
    message: 'The embedded ClickHouse (package chdb) cannot be loaded here: {reason}',
    cure: 'Install it with its platform package (Linux glibc or macOS), or set METERLARK_STORAGE_CLICKHOUSE_URL to use a server.',
  },
  METERLARK_STORAGE_CLICKHOUSE_NEWER_SCHEMA: {
    class: 'permanent',
    message: 'The database {database} has schema version {found}; this Meterlark knows {known}',
    cure: 'Run the newer Meterlark that wrote it, or start with another database or data folder.',
  },
  METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING: {
    class: 'permanent',
    message: 'storage.clickhouse.{key} = {value} cannot be used: {reason}',
    cure: 'Correct {key} in config/server.yml or its environment variable.',
  },
});
