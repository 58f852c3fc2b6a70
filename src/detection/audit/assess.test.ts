import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observe } from './assess.ts';
import { describeEvidence } from './explain.ts';
import { calibratedWeights, handWeights, probability } from './weigh.ts';

function idsOf(record: unknown): string[] {
  return observe(record).evidence.map((item) => item.id);
}

describe('the evidence in a record', () => {
  it('is gathered from JSON of any shape without failing, and weighs to a probability', () => {
    const names = fc.constantFrom(
      'eventName',
      'action',
      'errorCode',
      'Principal',
      'Effect',
      'title',
      'severity',
      'status',
      'verb',
      'objectRef',
      'user',
      'new_value',
      'role',
      'constructor',
      '__proto__',
      'commandLine',
      'email',
      'operationName',
    );
    const leaves = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom(
        '*',
        'constructor',
        '0.0.0.0/0',
        '{"a":[{"b":1}]}',
        'DeleteTrail',
        'system:anonymous',
        '%7B%22',
      ),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium' },
        leaves,
        fc.array(tie('tree'), { maxLength: 5 }),
        fc.dictionary(fc.oneof(names, fc.string()), tie('tree'), { maxKeys: 8 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (record) => {
        const { evidence } = observe(record);
        const p = probability(evidence, calibratedWeights());
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(new Set(evidence.map((item) => item.id)).size).toBe(evidence.length);
        for (const item of evidence) expect(describeEvidence(item).length).toBeLessThan(200);
      }),
      { numRuns: 300 },
    );
  });

  it('is bounded on records made to be expensive', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 5000; i += 1) deep = { a: deep };
    const wide = Object.fromEntries(
      Array.from({ length: 50_000 }, (_, i) => [`key${i}`, `value ${i} @x.example`]),
    );
    const long = {
      title: '`$('.repeat(50_000),
      commandLine: 'a='.repeat(50_000),
      action: 'a.'.repeat(50_000),
    };
    const nested = { a: `${'['.repeat(4000)}${']'.repeat(4000)}`, b: `{"c":"${'\\"'.repeat(3000)}"}` };
    for (const record of [deep, wide, long, nested]) {
      const { event, evidence } = observe(record);
      expect(event.record.leaves.length).toBeLessThanOrEqual(600);
      expect(evidence.length).toBeLessThan(120);
    }
  });

  it('reads JSON inside text, as AKS and IAM policies put it', () => {
    const log = JSON.stringify({
      verb: 'get',
      user: { username: 'x' },
      objectRef: { resource: 'secrets' },
      responseStatus: { code: 403 },
    });
    expect(idsOf({ category: 'kube-audit', properties: { log } })).toContain('k8s:secret-refused');
    const policyDocument = encodeURIComponent(
      '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*"}]}',
    );
    const ids = idsOf({ eventName: 'UpdateAssumeRolePolicy', requestParameters: { policyDocument } });
    expect(ids).toEqual(expect.arrayContaining(['policy:any-principal', 'policy:any-action']));
  });

  it('reads lists of names and values', () => {
    const modifiedProperties = [
      { displayName: 'Role.DisplayName', newValue: '"Global Administrator"' },
      { key: 'role', value: 'owner' },
    ];
    expect(idsOf({ operationName: 'Add member to role', modifiedProperties })).toContain('role:strong');
  });

  it.each([
    ['DeleteFlowLogs', 'pair:delete:logging'],
    ['protected_branch.destroy', 'pair:delete:safeguard'],
    ['MICROSOFT.NETWORK/NETWORKWATCHERS/STARTPACKETCAPTURE/ACTION', 'known:3'],
    ['google.iam.admin.v1.CreateServiceAccountKey', 'known:3'],
    ['workspace.settings.enforce_mfa_updated', 'pair:update:mfa'],
    ['tenantApiKeyExported', 'pair:export:credential'],
  ])('understands the name %s', (eventName, id) => {
    expect(idsOf({ eventName })).toContain(id);
  });

  it('follows a setting from its old value to its new one', () => {
    const change = (oldValue: string, newValue: string): string[] =>
      idsOf({ event_type: 'mfa_requirement_changed', details: { old_value: oldValue, new_value: newValue } });
    expect(change('required', 'optional')).toContain('change:guard-off');
    expect(change('optional', 'required')).toContain('change:guard-on');
    expect(change('off', 'off')).toContain('change:none');
    expect(idsOf({ action: 'Update', operation_detail: 'Waiting room: from On to Off' })).toContain(
      'text:off',
    );
  });

  it('forgets what was asked for where nothing came of it', () => {
    const request = { eventName: 'PutBucketAcl', requestParameters: { 'x-amz-acl': 'public-read' } };
    expect(idsOf(request)).toContain('value:public');
    expect(idsOf({ ...request, errorCode: 'AccessDenied' })).not.toContain('value:public');
  });

  it('tells the platform, services, people and nobody apart', () => {
    const kind = (record: unknown): string => observe(record).event.actorKind;
    expect(kind({ userIdentity: { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' } })).toBe('system');
    expect(kind({ userIdentity: { type: 'Root', arn: 'arn:aws:iam::1:root' } })).toBe('root');
    expect(kind({ user: { username: 'system:anonymous' } })).toBe('anonymous');
    expect(kind({ user: { username: 'system:serviceaccount:shop:web' } })).toBe('service');
    expect(kind({ actor: { email: 'ines@lisboa.example' } })).toBe('person');
    expect(kind({})).toBe('unknown');
  });

  it('weighs evidence that calibration never met as it was set by hand', () => {
    const evidence = [{ id: 'k8s:certificate', incident: null, detail: '' }];
    expect(probability(evidence, handWeights)).toBeGreaterThan(probability([], handWeights));
    expect(calibratedWeights().of('no such evidence')).toBe(0);
  });
});
