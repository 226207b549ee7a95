import type { ImportModule } from '../kernel/provider-loader.js';
import { bundledPackages } from './bundled-packages.js';

/** A chunk of the bundle when it has one, otherwise what Node finds under the name or file URL. */
export const importModule: ImportModule = (specifier) => bundledPackages[specifier]?.() ?? import(/* @vite-ignore */ specifier);
