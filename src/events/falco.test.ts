import { describe, expect, it } from 'vitest';
import { falco } from './falco.ts';

const origin = { position: 'falco:1:0', receivedAtMs: 1_777_000_000_000 };
const record = {
  uuid: '5c0d1c4e-64a4-4f0c-9e5f-7c0d9bf0b3a1',
  hostname: 'node-1',
  output: 'Notice Redirect stdout/stdin to network connection',
  priority: 'Notice',
  rule: 'Redirect STDOUT/STDIN to Network Connection in Container',
  source: 'syscall',
  tags: ['container', 'mitre_execution', 'T1059'],
  time: '2024-05-01T12:00:00.123456789Z',
  output_fields: {
    'evt.time': 1_714_564_800_123_456_800,
    'fd.cip': '198.51.100.9',
    'fd.sip': '10.0.0.5',
    'fd.sport': 4444,
    'fd.l4proto': 'tcp',
    'proc.name': 'bash',
    'proc.exepath': '/bin/bash',
    'user.name': 'root',
  },
};

describe('falco', () => {
  it('reads an alert', () => {
    expect(falco.recognise(record)).toBe(true);
    expect(falco.normalise(record, origin)).toEqual({
      event_id: expect.stringMatching(/^evt_/),
      timestamp: '2024-05-01T12:00:00.123Z',
      source: 'falco',
      event_type: 'rule_alert',
      source_ip: '198.51.100.9',
      destination_ip: '10.0.0.5',
      port: 4444,
      protocol: 'tcp',
      payload: record,
      context: {
        format: 'falco',
        host: 'node-1',
        user: 'root',
        category: 'intrusion_detection',
        logsource: { product: 'falco' },
        entities: {
          ips: ['198.51.100.9', '10.0.0.5'],
          users: ['root'],
          hosts: ['node-1'],
          processes: ['/bin/bash', 'bash'],
        },
      },
    });
  });

  it('has one identity wherever it comes in when the alert carries an id', () => {
    expect(falco.normalise(record, { ...origin, position: 'elsewhere' })).toEqual(
      falco.normalise(record, origin),
    );
  });

  it('falls back to the event’s own time, node and Kubernetes account', () => {
    const output_fields = {
      'evt.time': 1_714_564_800_123_456_800,
      'k8s.node.name': 'n2',
      'ka.user.name': 'system',
    };
    expect(falco.normalise({ rule: 'r', priority: 'Notice', output_fields }, origin)).toMatchObject({
      timestamp: '2024-05-01T12:00:00.123Z',
      context: { host: 'n2', user: 'system' },
    });
  });

  it('is told from other JSON by its members', () => {
    expect(falco.recognise({ rule: 'r', priority: 'Notice', output: 'text' })).toBe(true);
    expect(falco.recognise({ rule: 'r', priority: 'Notice' })).toBe(false);
    expect(falco.recognise({ rule: 'r', output: 'text' })).toBe(false);
    expect(falco.recognise({ rule: {}, priority: 'Notice', output: 'text' })).toBe(false);
  });
});
