/** The front door: analyzer/log. */
export { logProvider as default } from './provider.js';
export { compileLogRules, createLogRuleChecker, type LogRuleCompilation } from './compile/compile.js';
