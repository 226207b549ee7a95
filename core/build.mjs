// Builds the server (core/dist) and, when their sources are there, the demo and the bench (test/dist).
// `node core/build.mjs [--inventory FILE]`: the packages that the inventory names become lazy chunks of the bundle.
import { existsSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { makeCompiled } from './build-compiled.mjs';

const rootFolder = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Package names of an inventory; file paths are loaded at run time. */
export function packagesOf(inventoryText) {
  const targets = Object.values(parse(inventoryText) ?? {}).filter((target) => typeof target === 'string');
  return [...new Set(targets.filter((target) => !/^(\.|file:)/.test(target) && !isAbsolute(target)))];
}

/** Puts the generated list of lazy imports in the place of core/src/host/bundled-packages.ts. */
function bundledPackages(packages) {
  const lines = packages.map((name) => `  ${JSON.stringify(name)}: () => import(${JSON.stringify(name)}),`);
  const contents = `export const bundledPackages = {\n${lines.join('\n')}\n};\n`;
  return {
    name: 'bundled-packages',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]core[\\/]src[\\/]host[\\/]bundled-packages\.ts$/ }, () => ({ contents, loader: 'js', resolveDir: rootFolder }));
    },
  };
}

// CommonJS dependencies expect these three; an ES module has none of them.
const banner = [
  "import { createRequire as meterlarkRequire } from 'node:module';",
  "import { dirname as meterlarkDirname } from 'node:path';",
  "import { fileURLToPath as meterlarkPath } from 'node:url';",
  'const require = meterlarkRequire(import.meta.url);',
  'const __filename = meterlarkPath(import.meta.url);',
  'const __dirname = meterlarkDirname(__filename);',
].join('\n');

async function bundle(entryPoints, outdir, packages) {
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Not minifySyntax: with splitting, esbuild 0.28 drops inlined constants that a namespace object still refers to.
    minifyWhitespace: true,
    minifyIdentifiers: true,
    sourcemap: true,
    legalComments: 'linked',
    conditions: ['source'],
    // chDB is a native engine; vitest is the runner's business.
    external: ['chdb', 'chdb/*', 'vitest'],
    banner: { js: banner },
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [bundledPackages(packages)],
    tsconfig: join(rootFolder, 'tsconfig.json'),
    absWorkingDir: rootFolder,
    logLevel: 'warning',
  });
}

async function main() {
  const { values } = parseArgs({ options: { inventory: { type: 'string' } } });
  const inventory = values.inventory ?? join(rootFolder, 'config', 'inventory.yml');
  const packages = packagesOf(await readFile(inventory, 'utf8'));
  const source = join(rootFolder, 'core', 'src');
  const doors = { main: 'host/main.ts', index: 'index.ts', host: 'host/index.ts', testing: 'testing/index.ts' };
  const entries = Object.entries(doors).map(([out, path]) => ({ out, in: join(source, path) }));
  const dist = join(rootFolder, 'core', 'dist');
  await bundle(entries.filter((entry) => existsSync(entry.in)), dist, packages);
  await makeCompiled(dist, banner);
  const programs = ['demo', 'bench'].map((name) => ({ out: name, in: join(rootFolder, 'test', name, 'main.ts') }));
  const present = programs.filter((entry) => existsSync(entry.in));
  if (present.length > 0) await bundle(present, join(rootFolder, 'test', 'dist'), packages);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) await main();
