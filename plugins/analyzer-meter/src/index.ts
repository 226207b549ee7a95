/** The front door: analyzer/meter. */
export { meterProvider as default } from './provider.js';
export { createMeterRuleChecker } from './compile/checker.js';
export { compileRuleFiles, type Compilation, type CompileOptions, type RuleFileText } from './compile/compile.js';
