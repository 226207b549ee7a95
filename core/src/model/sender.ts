/** Who sent something, by the attributes of its resource. */
import type { Attributes, AttributeValue } from './attributes.js';

const serviceKeys = ['service.name', 'faas.name', 'k8s.deployment.name', 'process.executable.name'];
const instanceKeys = ['service.instance.id', 'service.instance', 'k8s.pod.name', 'host.name'];

/** Service of what does not say its own. */
export const unknownService = 'unknown';

/** "" when the resource does not name it; as long as the sender made it. */
export function namedService(attributes: Attributes): string {
  return firstName(attributes, serviceKeys);
}

/** "" when the resource does not name it; as long as the sender made it. */
export function namedInstance(attributes: Attributes): string {
  return firstName(attributes, instanceKeys);
}

function firstName(attributes: Attributes, keys: readonly string[]): string {
  for (const key of keys) {
    const text = nameOf(attributes.get(key));
    if (text !== '') return text;
  }
  return '';
}

function nameOf(value: AttributeValue): string {
  const text = typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
  return text.trim() === '' ? '' : text;
}
