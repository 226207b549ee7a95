/** The front door: analyzer/log. */
export { logProvider as default } from './provider.js';
