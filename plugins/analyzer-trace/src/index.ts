/** The front door: analyzer/trace. */
export { traceProvider as default } from './provider.js';
