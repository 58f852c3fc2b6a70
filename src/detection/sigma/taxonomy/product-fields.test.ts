import { describe, expect, it } from 'vitest';
import { sigmaEventFromRecord } from './to-sigma-event.ts';

describe('products under the names of Sigma', () => {
  it('finds nested members of CloudTrail, and leaves whole objects what they are', () => {
    const record = {
      eventName: 'PutBucketVersioning',
      userIdentity: { type: 'IAMUser', sessionContext: { attributes: { mfaAuthenticated: 'false' } } },
      requestParameters: { VersioningConfiguration: { Status: 'Suspended' } },
      resources: [{ ARN: 'arn:aws:s3:::a' }, { ARN: 'arn:aws:s3:::b' }],
    };
    const event = sigmaEventFromRecord('cloudtrail', record, { product: 'aws', service: ['cloudtrail'] });
    expect(event.field('userIdentity.sessionContext.attributes.mfaAuthenticated')).toBe('false');
    expect(event.field('resources.ARN')).toEqual(['arn:aws:s3:::a', 'arn:aws:s3:::b']);
    expect(event.field('requestParameters')).toBe(record.requestParameters);
    expect(event.field('resources')).toBe(record.resources);
    expect(event.field('userIdentity.type')).toBe('IAMUser');
    expect(event.field('userIdentity.type.more')).toBeUndefined();
  });

  it('searches lists of names and values as Microsoft 365 writes them', () => {
    const record = {
      Operation: 'New-InboxRule',
      Parameters: [{ Name: 'ForwardTo', Value: 'x@example.org' }],
    };
    const event = sigmaEventFromRecord('generic-json', record, { product: 'm365', service: ['audit'] });
    expect(event.field('Parameters')).toEqual(['{"Name":"ForwardTo","Value":"x@example.org"}']);
    expect(event.field('Parameters.Value')).toEqual(['x@example.org']);
  });

  it('knows the names that rules for Google Cloud use', () => {
    const record = {
      protoPayload: { methodName: 'v1.compute.firewalls.insert', serviceName: 'compute.googleapis.com' },
    };
    const event = sigmaEventFromRecord('generic-json', record, { product: 'gcp', service: ['gcp.audit'] });
    expect(event.field('gcp.audit.method_name')).toBe('v1.compute.firewalls.insert');
    expect(event.field('data.protoPayload.serviceName')).toBe('compute.googleapis.com');
    expect(event.field('gcp.audit.unknown')).toBeUndefined();
  });

  it('knows the names that rules for Kubernetes use', () => {
    const record = {
      verb: 'create',
      objectRef: { resource: 'pods' },
      requestObject: { spec: { volumes: [{ hostPath: { path: '/' } }] } },
    };
    const event = sigmaEventFromRecord('generic-json', record, { product: 'kubernetes', service: ['audit'] });
    expect(event.field('objectRef.resource')).toBe('pods');
    expect(event.field('hostPath')).toEqual(['{"path":"/"}']);
  });

  it('lifts the fields of a Falco alert', () => {
    const record = {
      rule: 'Terminal shell in container',
      priority: 'Notice',
      output_fields: { 'proc.name': 'bash', 'proc.cmdline': 'bash -i', 'container.id': 'abc' },
    };
    const event = sigmaEventFromRecord('falco', record, { product: 'falco' });
    expect(event.field('proc.name')).toBe('bash');
    expect(event.field('CommandLine')).toBe('bash -i');
    expect(event.field('rule')).toBe('Terminal shell in container');
    expect(event.leaves()).toContain('abc');
    expect(sigmaEventFromRecord('falco', { rule: 'x' }, {}).field('proc.name')).toBeUndefined();
  });
});

describe('what Wazuh carries', () => {
  const agent = { name: 'ws1' };

  it('is a Windows event', () => {
    const record = {
      agent,
      data: {
        win: {
          system: {
            eventID: '1',
            channel: 'Microsoft-Windows-Sysmon/Operational',
            computer: 'ws1',
            providerName: 'Microsoft-Windows-Sysmon',
          },
          eventdata: { image: 'C:\\a.exe', commandLine: 'a -x' },
        },
      },
    };
    const event = sigmaEventFromRecord('wazuh', record, { product: 'wazuh' });
    expect(event).toMatchObject({
      product: 'windows',
      categories: ['process_creation'],
      services: ['sysmon'],
    });
    expect(
      ['Image', 'CommandLine', 'EventID', 'Channel', 'Provider_Name', 'Computer'].map((name) =>
        event.field(name),
      ),
    ).toEqual([
      'C:\\a.exe',
      'a -x',
      '1',
      'Microsoft-Windows-Sysmon/Operational',
      'Microsoft-Windows-Sysmon',
      'ws1',
    ]);
    expect(event.field('agent.name')).toBe('ws1');
    expect(event.leaves()).toContain('a -x');
  });

  it('is a record of the audit log', () => {
    const record = {
      agent,
      data: { audit: { type: 'EXECVE', exe: '/usr/bin/nc', command: 'nc', execve: { a0: 'nc', a1: '-e' } } },
    };
    const event = sigmaEventFromRecord('wazuh', record, { product: 'wazuh' });
    expect(event).toMatchObject({ product: 'linux', categories: ['process_creation'], services: ['auditd'] });
    expect(['type', 'a1', 'comm', 'Image', 'CommandLine'].map((name) => event.field(name))).toEqual([
      'EXECVE',
      '-e',
      'nc',
      '/usr/bin/nc',
      'nc -e',
    ]);
    expect(event.leaves()).toContain('nc -e');
  });

  it('is a CloudTrail record, or another product’s', () => {
    const aws = sigmaEventFromRecord('wazuh', { agent, data: { aws: { eventName: 'StopLogging' } } }, {});
    expect(aws.product).toBe('aws');
    expect(aws.field('eventName')).toBe('StopLogging');
    const github = sigmaEventFromRecord('wazuh', { agent, data: { github: { action: 'repo.destroy' } } }, {});
    expect(github).toMatchObject({ product: 'github', services: ['audit'] });
  });

  it('is an access line', () => {
    const record = {
      agent,
      decoder: { name: 'web-accesslog' },
      full_log: 'GET /a?b',
      data: { url: '/a?b', protocol: 'GET', id: '200', srcip: '198.51.100.7' },
    };
    const event = sigmaEventFromRecord('wazuh', record, { product: 'wazuh' });
    expect(event).toMatchObject({ product: '', categories: ['webserver'] });
    expect(event.field('cs-uri-query')).toEqual(['/a?b', 'b']);
    expect(event.field('sc-status')).toBe('200');
  });

  it('is a line of syslog', () => {
    const record = { agent, predecoder: { program_name: 'sshd' }, full_log: 'Failed password' };
    const event = sigmaEventFromRecord('wazuh', record, { product: 'wazuh' });
    expect(event).toMatchObject({ product: 'linux', services: ['sshd', 'auth', 'syslog'] });
    expect(event.leaves()).toContain('Failed password');
  });

  it('is a Wazuh alert when it is nothing else', () => {
    const event = sigmaEventFromRecord('wazuh', { agent, rule: { level: 10 } }, { product: 'wazuh' });
    expect(event.product).toBe('wazuh');
    expect(event.field('rule.level')).toBe(10);
  });
});
