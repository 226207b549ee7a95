import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';

/** A store that holds nothing, as one file outside the tree. */
const emptyStore = `
export default ({ defineProvider, StorageModule, ...api }) => defineProvider({
  module: StorageModule, name: 'empty', config: { secret: { doc: 'A secret.', format: 'String', default: '', sensitive: true } },
  register({ bind }) {
    bind(api.MetricWriter).toValue({ write: async () => {} });
    bind(api.MetricReader).toValue({ read: async () => [], entityIds: async () => [], top: async () => [] });
    bind(api.MetadataWriter).toValue({ upsertEntities: async () => {}, defineMetrics: async () => {} });
    bind(api.MetadataReader).toValue({ entities: async () => [], metrics: async () => [] });
    bind(api.SchemaInstaller).toValue({ install: async () => {} });
    bind(api.RecordWriter).toValue({ write: async () => {} });
    bind(api.RecordReader).toValue({ rows: async () => [], groups: async () => [] });
    const recordDays = { trace: 1, call: 1, content: 1, log: 1 };
    bind(api.StorageHealth).toValue({ check: async () => {}, retentionDays: { minute: 1, hour: 1, day: 1 }, recordDays });
  },
});
`;

/** An analyzer whose rule language is "ok NAME" and "bad". */
const ruleAnalyzer = `
export default ({ defineProvider, defineErrors, AnalyzerModule, Analyzer, RuleChecker }) => {
  const errors = defineErrors({
    TEST_BAD_RULE: { class: 'permanent', message: '{file}:{line}:{column}: bad rule', cure: 'Mend it.' },
    TEST_TWICE: { class: 'permanent', message: '{name} is there twice', cure: 'Rename one.' },
  });
  return defineProvider({
    module: AnalyzerModule, name: 'toy', config: {},
    start() { throw new Error('rules check must not start anything'); },
    register({ bind }) {
      bind(Analyzer).toValue({ signals: [], hasRoom: () => true, accept: () => ({ rejected: 0, reason: '' }) });
      bind(RuleChecker).toValue({
        endings: ['.yaml', '.yml', '.toy'],
        check(files) {
          const seen = new Set();
          return files.flatMap(({ file, text }) => {
            if (text.startsWith('bad')) return [{ file, metrics: [], faults: [errors.TEST_BAD_RULE({ file, line: 3, column: 7 })] }];
            if (text.startsWith('log')) {
              const rule = (name, runs) => ({ name, layer: 'GENERAL', outputType: 'Log', runs, notes: runs ? [] : ['why'] });
              return [{ file, metrics: [], logRules: [rule('kept', true), rule('idle', false)], faults: [] }];
            }
            if (!text.startsWith('ok ')) return [];
            const name = text.slice(3).trim();
            const faults = seen.has(name) ? [errors.TEST_TWICE({ name })] : [];
            seen.add(name);
            return [{ file, metrics: [{ name, kind: 'sum', scope: 'Service', labels: ['le'], source: 'pod', notes: ['a note'] }], faults }];
          });
        },
      });
    },
  });
};
`;

/** An analysis with a command that needs the store (`say twice`) and one that does not (`say`). */
const speaker = `
export default ({ defineProvider, defineErrors, AnalysisModule, StorageModule, Commands }) => {
  const errors = defineErrors({ TEST_NOTHING_SAID: { class: 'permanent', message: 'nothing to say', cure: 'Say something.' } });
  let started = false;
  const command = (name, needsStore, times) => ({
    name, needsStore, usage: 'WORD [--loud] [--to NAME]', doc: 'Says a word.', options: { loud: 'flag', to: 'value' },
    async run({ words, options }) {
      if (words.length === 0) throw errors.TEST_NOTHING_SAID({});
      const text = Array(times).fill(words[0]).join(' ') + (options.loud ? '!' : '') + (options.to ? ' ' + options.to : '') + (started ? ' (started)' : '');
      return { text, json: { said: text }, found: words[0] === 'fault' };
    },
  });
  return defineProvider({
    module: AnalysisModule, name: 'speaker', requires: [StorageModule], config: {},
    register({ bind }) { bind(Commands).toValue([command('say', false, 1), command('say twice', true, 2)]); },
    start() { started = true; return () => { started = false; }; },
  });
};
`;

export const speakerFiles: Readonly<Record<string, string>> = {
  'config/inventory.yml': 'storage/empty: ../plugins/empty.mjs\nanalysis/speaker: ../plugins/speaker.mjs\n',
  'plugins/speaker.mjs': speaker,
};

export const defaultFiles: Readonly<Record<string, string>> = {
  'config/server.yml': "storage: empty\nserver/shared:\n  grpc: { port: 0, host: 127.0.0.1 }\n  http: { port: 0, host: 127.0.0.1 }\n  admin: { port: 0 }\n",
  'config/inventory.yml': 'storage/empty: ../plugins/empty.mjs\n',
  'plugins/empty.mjs': emptyStore,
  'plugins/toy.mjs': ruleAnalyzer,
};

/** A root folder with a whole installation's configuration; the caller removes it. */
export function makeRoot(files: Readonly<Record<string, string>> = {}): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'meterlark-root-'));
  for (const [name, text] of Object.entries({ ...defaultFiles, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
