import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['source', 'node', 'import', 'default'] };
const ssr = { resolve: { conditions: ['source', 'node', 'import', 'default'] } };

function project(name: string, include: string[], extra: Record<string, unknown> = {}) {
  return { resolve, ssr, test: { name, include, testTimeout: 20_000, ...extra } };
}

export default defineConfig({
  test: {
    projects: [
      project('unit', ['core/test/**/*.test.ts', 'plugins/*/test/**/*.test.ts', 'storage-adapters/*/test/**/*.test.ts']),
      project('server', ['test/server/**/*.test.ts', 'test/conformance/**/*.test.ts'], { testTimeout: 60_000 }),
      project('architecture', ['test/architecture/**/*.test.ts'], { testTimeout: 60_000 }),
    ],
  },
});
