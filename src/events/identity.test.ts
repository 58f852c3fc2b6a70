import { describe, expect, it } from 'vitest';
import { eventIdentity } from './identity.ts';

const here = { position: 'file:1:0', receivedAtMs: 0 };
const there = { position: 'file:1:99', receivedAtMs: 0 };

describe('eventIdentity', () => {
  it('is the same for one line read twice, and another for an equal line elsewhere', () => {
    expect(eventIdentity('zeek', { a: 1 }, here, undefined)).toBe(
      eventIdentity('zeek', { a: 1 }, here, undefined),
    );
    expect(eventIdentity('zeek', { a: 1 }, here, undefined)).not.toBe(
      eventIdentity('zeek', { a: 1 }, there, undefined),
    );
    expect(eventIdentity('zeek', 'line', here, undefined)).not.toBe(
      eventIdentity('zeek', 'other', here, undefined),
    );
  });

  it('follows the sensor’s own id wherever the record comes in', () => {
    expect(eventIdentity('wazuh', { a: 1 }, here, '7')).toBe(eventIdentity('wazuh', { a: 1 }, there, '7'));
    expect(eventIdentity('wazuh', { a: 1 }, here, '7')).not.toBe(eventIdentity('wazuh', { a: 1 }, here, '8'));
    expect(eventIdentity('wazuh', { a: 1 }, here, '7')).not.toBe(eventIdentity('falco', { a: 1 }, here, '7'));
  });

  it('keeps apart two records under one number', () => {
    expect(eventIdentity('wazuh', { a: 1 }, here, '7')).not.toBe(eventIdentity('wazuh', { a: 2 }, here, '7'));
  });
});
