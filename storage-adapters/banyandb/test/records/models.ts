/** Models that tests of records share. */
import type { RecordModel } from '@meterlark/core';

export const everyColumn: RecordModel = {
  name: 'every_column',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    { name: 'id', type: 'text', lookedUp: true },
    { name: 'word', type: 'word' },
    { name: 'body', type: 'text' },
    { name: 'whole', type: 'integer' },
    { name: 'maybe', type: 'integer', optional: true },
    { name: 'amount', type: 'decimal' },
    { name: 'ratio', type: 'decimal', optional: true },
    { name: 'on', type: 'flag' },
    { name: 'tags', type: 'textMap', lookedUp: true },
    { name: 'counts', type: 'numberMap' },
  ],
  sortBy: ['word', 'time'],
  lifetime: 'trace',
};

export const versioned: RecordModel = {
  name: 'versioned',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    { name: 'id', type: 'text', lookedUp: true },
    { name: 'revision', type: 'integer' },
    { name: 'word', type: 'word' },
    { name: 'cost', type: 'integer', optional: true },
  ],
  sortBy: ['word', 'time'],
  key: ['time', 'word', 'id'],
  lifetime: 'call',
};

export const oddTexts: readonly string[] = [
  '', ' ', '\n', '\r\n', '\\', 'NULL', '|', 'a|b', '*', '?', '%7c', '"q"', '\0', 'a\0b', '\u0001\u007f', 'ä ß', '日本語', '👩‍👩‍👧', '\u{10ffff}', '\ufeff', '\uffff', 'k=v', '=',
];
