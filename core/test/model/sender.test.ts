import { describe, expect, it } from 'vitest';
import { namedInstance, namedService } from '../../src/model/sender.js';
import type { AttributeValue } from '../../src/model/attributes.js';

const of = (values: Readonly<Record<string, AttributeValue>>) => new Map(Object.entries(values));

describe('the sender of something', () => {
  it('is a service by its own name first, then by what it runs as', () => {
    expect(namedService(of({ 'process.executable.name': 'node', 'service.name': 'shop' }))).toBe('shop');
    expect(namedService(of({ 'k8s.deployment.name': 'd', 'faas.name': 'f' }))).toBe('f');
    expect(namedService(of({ 'process.executable.name': 'node' }))).toBe('node');
  });

  it('is an instance by its id first, then by where it runs', () => {
    expect(namedInstance(of({ 'host.name': 'h', 'service.instance.id': 17 }))).toBe('17');
    expect(namedInstance(of({ 'host.name': 'h', 'service.instance': 'i' }))).toBe('i');
    expect(namedInstance(of({ 'host.name': 'h', 'k8s.pod.name': 'p' }))).toBe('p');
  });

  it.each([[undefined], [''], ['  '], [true], [['shop']], [new Uint8Array([1])], [new Map()]])('has no name of %j: the next key is asked', (value) => {
    expect(namedService(of({ 'service.name': value }))).toBe('');
    expect(namedInstance(of({ 'service.instance.id': value, 'host.name': 'h' }))).toBe('h');
  });
});
