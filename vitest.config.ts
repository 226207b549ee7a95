import { defineConfig } from 'vitest/config';

// "import" is not named: vitest hands these on to Node, where it would also apply to every require().
const resolve = { conditions: ['source', 'node'] };
const ssr = { resolve: { conditions: ['source', 'node'] } };

function project(name: string, include: string[], extra: Record<string, unknown> = {}) {
  return { resolve, ssr, test: { name, include, testTimeout: 20_000, ...extra } };
}

export default defineConfig({
  test: {
    projects: [
      project('unit', [
        'core/test/**/*.test.ts',
        'plugins/*/test/**/*.test.ts',
        'storage-adapters/*/test/**/*.test.ts',
        'test/bench/*.test.ts',
      ]),
      project('server', ['test/server/**/*.test.ts', 'test/conformance/**/*.test.ts'], { testTimeout: 60_000 }),
      project('architecture', ['test/architecture/**/*.test.ts'], { testTimeout: 60_000 }),
    ],
  },
});
