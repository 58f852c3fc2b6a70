import { describe, expect, it } from 'vitest';
import { productLogsource } from './product-logsource.ts';

describe('productLogsource', () => {
  it.each([
    [{ eventType: 'user.session.start', displayMessage: 'x' }, 'okta', 'okta'],
    [{ eventType: 'user.session.start', debugContext: {} }, 'okta', 'okta'],
    [{ action: 'protected_branch.destroy', org: 'acme' }, 'github', 'audit'],
    [{ action: 'business.add_admin', business: 'acme' }, 'github', 'audit'],
    [{ verb: 'create', objectRef: { resource: 'pods' } }, 'kubernetes', 'audit'],
    [{ verb: 'get', requestURI: '/api' }, 'kubernetes', 'audit'],
    [{ Workload: 'Exchange', Operation: 'New-InboxRule' }, 'm365', 'audit'],
    [{ protoPayload: { methodName: 'x' } }, 'gcp', 'gcp.audit'],
    [{ riskEventType: 'leakedCredentials' }, 'azure', 'riskdetection'],
    [{ operationName: 'Sign-in activity', tenantId: 'x', category: 'SignInLogs' }, 'azure', 'signinlogs'],
    [{ operationName: 'Add user', tenantId: 'x', category: 'AuditLogs' }, 'azure', 'auditlogs'],
    [{ operationName: 'x/delete', resourceId: 'x', category: 'Administrative' }, 'azure', 'activitylogs'],
    [{ operationName: 'x/delete', resourceId: 'x' }, 'azure', 'activitylogs'],
    [{ event_type_id: 11, account_id: 1 }, 'onelogin', 'onelogin.events'],
    [{ auditType: { action: 'x', category: 'y' } }, 'bitbucket', 'audit'],
    [{ logtype: 4002, node_id: 'canary' }, 'opencanary', undefined],
  ])('knows whose record %j is', (record, product, service) => {
    const logsource = productLogsource(record);
    expect(logsource?.product).toBe(product);
    expect(logsource?.service?.[0]).toBe(service);
  });

  it.each([
    {},
    { eventType: 'x' },
    { action: 'login', org: 'x' },
    { action: 'a.b' },
    { verb: 'get' },
    { operationName: 'x' },
    { event_type_id: 1 },
  ])('does not guess at %j', (record) => {
    expect(productLogsource(record)).toBeUndefined();
  });
});
