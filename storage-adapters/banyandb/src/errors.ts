import { defineErrors } from '@meterlark/core';

export const banyanErrors = defineErrors({
  METERLARK_STORAGE_BANYANDB_UNREACHABLE: {
    class: 'retryable',
    message: 'BanyanDB at {target} does not answer: {reason}',
    cure: 'Check that the server runs and that storage.banyandb.targets (its gRPC port, 17912), TLS files and firewalls are right.',
  },
  METERLARK_STORAGE_BANYANDB_AUTHENTICATION: {
    class: 'permanent',
    message: 'BanyanDB at {target} refuses the user {user}: {reason}',
    cure: 'Set METERLARK_STORAGE_BANYANDB_USER and METERLARK_STORAGE_BANYANDB_PASSWORD to a user of its authentication file.',
  },
  METERLARK_STORAGE_BANYANDB_VERSION: {
    class: 'permanent',
    message: 'BanyanDB at {target} speaks API version {found}; 0.10 or later is needed',
    cure: 'Upgrade BanyanDB, release by release, or name the version in storage.banyandb.apiVersions when it is known to fit.',
  },
  METERLARK_STORAGE_BANYANDB_CREDENTIALS_REFUSED: {
    class: 'retryable',
    message: 'BanyanDB at {target} takes the user {user} no longer: {reason}',
    cure: 'Data wait as long as there is room. Give the user its password back in the authentication file, or set the new one here and restart.',
  },
  METERLARK_STORAGE_BANYANDB_VERSION_CHANGED: {
    class: 'retryable',
    message: 'BanyanDB at {target} speaks API version {found} now; 0.10 or later is needed',
    cure: 'Data wait as long as there is room. Finish the upgrade, or name the version in storage.banyandb.apiVersions when it is known to fit.',
  },
  METERLARK_STORAGE_BANYANDB_OVERSIZED: {
    class: 'permanent',
    message: 'A message of {what} is too large: {reason}',
    cure: 'Raise storage.banyandb.maxMessageBytes when it is an answer, the message size of the server when it is a write.',
  },
  METERLARK_STORAGE_BANYANDB_OVERLOADED: {
    class: 'retryable',
    message: 'BanyanDB cannot take {what} now: {reason}',
    cure: 'It is retried. When it lasts, give BanyanDB more memory or disk, or shorter lifetimes.',
  },
  METERLARK_STORAGE_BANYANDB_REFUSED: {
    class: 'permanent',
    message: 'BanyanDB refuses {what}: {reason}',
    cure: 'Check that nobody changed the schema by hand; otherwise report this with the reason.',
  },
  METERLARK_STORAGE_BANYANDB_SCHEMA_NOT_APPLIED: {
    class: 'retryable',
    message: 'BanyanDB does not know {what} yet: {reason}',
    cure: 'It is retried. When it lasts, a node of the cluster does not follow: check its log, or raise storage.banyandb.schemaTimeoutMs.',
  },
  METERLARK_STORAGE_BANYANDB_SCHEMA_CONFLICT: {
    class: 'permanent',
    message: '{what} is in BanyanDB with another form: {reason}',
    cure: 'Another program or version made it. Choose another storage.banyandb.namespace, or remove the group after a backup.',
  },
  METERLARK_STORAGE_BANYANDB_BAD_ROW: {
    class: 'permanent',
    message: 'A row of {what} cannot be stored: {reason}',
    cure: 'Report this: rows are checked before they are sent.',
  },
  METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS: {
    class: 'permanent',
    message: 'The question to {what} reads more than {limit} rows',
    cure: 'Ask for a shorter time or more conditions, or raise storage.banyandb.maxScannedRows.',
  },
  METERLARK_STORAGE_BANYANDB_NO_MODEL: {
    class: 'permanent',
    message: 'The model {model} is not installed',
    cure: 'Whoever reads or writes records installs their model first: report this.',
  },
  METERLARK_STORAGE_BANYANDB_BUSY: {
    class: 'retryable',
    message: '{waiting} calls wait for BanyanDB already',
    cure: 'Send fewer queries at a time, or raise storage.banyandb.maxWaiting.',
  },
  METERLARK_STORAGE_BANYANDB_CLOSED: {
    class: 'retryable',
    message: 'The storage is closed',
    cure: 'The server is stopping; send the request to another one or again after its restart.',
  },
  METERLARK_STORAGE_BANYANDB_BAD_ANSWER: {
    class: 'permanent',
    message: 'The answer of BanyanDB cannot be read: {reason}',
    cure: 'Check that no proxy changes the answers and that the server is BanyanDB 0.10 or later.',
  },
  METERLARK_STORAGE_BANYANDB_BAD_SETTING: {
    class: 'permanent',
    message: 'storage.banyandb.{key} = {value} cannot be used: {reason}',
    cure: 'Correct {key} in config/server.yml or its environment variable.',
  },
  METERLARK_STORAGE_BANYANDB_BAD_SETTINGS: {
    class: 'permanent',
    message: 'Several settings of storage.banyandb cannot be used: {faults}',
    cure: 'Correct {keys} in config/server.yml or their environment variables.',
  },
});
