/** The front door: analyzer/source. */
export { sourceProvider as default } from './provider.js';
export { createSourceRuleChecker } from './compile/checker.js';
export { compileSourceFiles, type SourceCompilation, type SourceFileText } from './compile/compile.js';
