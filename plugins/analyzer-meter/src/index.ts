/** The front door: analyzer/meter. */
export { meterProvider as default } from './provider.js';
