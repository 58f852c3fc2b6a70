import { describe, expect, it } from 'vitest';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { JsonObject } from '../json.ts';
import { cloudtrail } from './cloudtrail.ts';
import { isRejection } from './format.ts';

const origin = { position: 'trail.json:1:0', receivedAtMs: 1_777_000_000_000 };
const base = {
  eventVersion: '1.08',
  eventID: '6a1b1f0c-7f6f-4b0f-8d3e-0f5c0a9f1e11',
  eventTime: '2024-05-01T12:00:00Z',
  eventSource: 'iam.amazonaws.com',
  eventName: 'CreateAccessKey',
  awsRegion: 'us-east-1',
  sourceIPAddress: '198.51.100.9',
  userIdentity: { type: 'IAMUser', userName: 'ana', arn: 'arn:aws:iam::123456789012:user/ana' },
} satisfies JsonObject;

function normalise(record: JsonObject, position = origin.position): SecurityEvent {
  expect(cloudtrail.recognise(record)).toBe(true);
  const result = cloudtrail.normalise(record, { ...origin, position });
  if (isRejection(result)) throw new Error(result.detail);
  return result;
}

describe('cloudtrail', () => {
  it('reads a call', () => {
    expect(normalise(base)).toEqual({
      event_id: expect.stringMatching(/^evt_/),
      timestamp: '2024-05-01T12:00:00.000Z',
      source: 'cloudtrail',
      event_type: 'api_called',
      source_ip: '198.51.100.9',
      payload: base,
      context: {
        format: 'cloudtrail',
        user: 'ana',
        category: 'iam',
        outcome: 'success',
        logsource: { product: 'aws', service: ['cloudtrail'] },
        entities: { ips: ['198.51.100.9'], users: ['arn:aws:iam::123456789012:user/ana', 'ana'] },
      },
    });
  });

  it('gives a record delivered twice one identity, wherever it comes in', () => {
    expect(normalise(base, 'a').event_id).toBe(normalise(base, 'b').event_id);
    expect(normalise({ ...base, eventID: 'other' }).event_id).not.toBe(normalise(base).event_id);
  });

  it('counts a call with an error code as failed', () => {
    const event = normalise({ ...base, eventSource: 'ec2.amazonaws.com', errorCode: 'AccessDenied' });
    expect(event.context.outcome).toBe('failure');
    expect(event.context.category).toBeUndefined();
  });

  it.each([
    [{ eventName: 'ConsoleLogin', responseElements: { ConsoleLogin: 'Failure' } }, 'login_failed', 'failure'],
    [
      { eventName: 'ConsoleLogin', responseElements: { ConsoleLogin: 'Success' } },
      'login_succeeded',
      'success',
    ],
    [{ eventName: 'ConsoleLogin', errorMessage: 'Failed authentication' }, 'login_failed', 'failure'],
    [{ eventName: 'ConsoleLogin', responseElements: null }, 'login_succeeded', 'success'],
    [
      { eventName: 'CredentialVerification', serviceEventDetails: { CredentialVerification: 'Failure' } },
      'login_failed',
      'failure',
    ],
    [
      { eventName: 'UserAuthentication', serviceEventDetails: { UserAuthentication: 'Success' } },
      'login_succeeded',
      'success',
    ],
    [{ eventName: 'UserAuthentication' }, 'api_called', 'success'],
  ])('reads %j as %s', (change, eventType, outcome) => {
    const event = normalise({ ...base, eventSource: 'signin.amazonaws.com', ...change });
    expect(event).toMatchObject({ event_type: eventType, context: { outcome } });
    if (eventType !== 'api_called') expect(event.context.category).toBe('authentication');
  });

  it.each([
    [{ userName: 'ana' }, 'ana'],
    [
      {
        sessionContext: { sessionIssuer: { userName: 'role-x' } },
        arn: 'arn:aws:sts::1:assumed-role/role-x/s',
      },
      'role-x',
    ],
    [{ arn: 'arn:aws:sts::1:assumed-role/role-x/session' }, 'session'],
    [{ principalId: 'AIDA1' }, 'AIDA1'],
    [{ invokedBy: 'ssm.amazonaws.com' }, 'ssm.amazonaws.com'],
    [{ type: 'Root' }, 'root'],
    [{ type: 'AWSService' }, undefined],
  ])('names the account of %j', (userIdentity, user) => {
    expect(normalise({ ...base, userIdentity }).context.user).toBe(user);
  });

  it('takes a calling service for a domain and not for an address', () => {
    const event = normalise({ ...base, sourceIPAddress: 'cloudformation.amazonaws.com' });
    expect(event.source_ip).toBeUndefined();
    expect(event.context.entities?.domains).toEqual(['cloudformation.amazonaws.com']);
  });

  it('finds the instances a call is about', () => {
    const resources = [{ ARN: 'arn:aws:ec2:us-east-1:1:instance/i-0123456789abcdef0' }, { ARN: 7 }, 'x'];
    expect(normalise({ ...base, resources }).context.entities?.hosts).toEqual(['i-0123456789abcdef0']);
  });

  it('takes the record out of EventBridge’s and lookup-events’ wrapping', () => {
    const bridge = {
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.iam',
      time: 'x',
      detail: base,
    };
    expect(normalise(bridge).payload).toEqual(base);
    const lookup = {
      EventId: base.eventID,
      EventName: base.eventName,
      CloudTrailEvent: JSON.stringify(base),
    };
    expect(normalise(lookup).payload).toEqual(base);
  });

  it.each(['{"a"', '7', '['.repeat(100_000)])('rejects a wrapped record that is none: %.10s', (inner) => {
    expect(cloudtrail.normalise({ CloudTrailEvent: inner }, origin)).toEqual({
      rejected: 'invalid_record',
      detail: 'CloudTrailEvent: expected a JSON object of at most 64 levels as text, got something else',
    });
  });

  it('is told from other JSON by its members', () => {
    expect(cloudtrail.recognise({ eventName: 'X', eventSource: 'ec2.amazonaws.com' })).toBe(true);
    expect(cloudtrail.recognise({ eventName: 'X', userIdentity: {} })).toBe(true);
    expect(cloudtrail.recognise({ eventName: 'X', eventVersion: '1.08', awsRegion: 'x' })).toBe(true);
    expect(cloudtrail.recognise({ eventName: 'X', eventSource: 'app' })).toBe(false);
    expect(cloudtrail.recognise({ eventSource: 'ec2.amazonaws.com', eventVersion: '1.08' })).toBe(false);
  });
});
