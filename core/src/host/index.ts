/** The door for composing a host: tests, bench, demo and generated documentation. Exports only. */
export { startTestHost, prepareTestHost, type TestHost, type TestHostOptions } from './test-host.js';
export { prepareHost, type HostOptions, type PreparedHost } from './prepare.js';
export { readSources, type SourceFiles } from './sources.js';
export { createLogger } from './logger.js';
export { PrometheusSelfMetrics } from './self-metrics.js';
export { run } from './run.js';
export { exitCodes, type ExitCode, type Terminal } from './terminal.js';
export { settingsTable, errorTable } from './reference-tables.js';
export { describeFaults, faultText } from './faults.js';
export { builtInProviders } from './built-in-providers.js';
export { hostErrors } from './errors.js';
export { kernelErrors, faultsOf } from '../kernel/errors.js';
export { equivalents as skyWalkingEquivalents, otherForms as skyWalkingForms } from './skywalking-variables.js';
export { version } from './version.js';
