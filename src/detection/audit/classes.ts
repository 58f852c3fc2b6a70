import type { Severity } from '../../contracts/severity.ts';

/** What an audit event amounts to when it is suspicious: the finding's title, weight and ATT&CK techniques. */
export interface IncidentClass {
  readonly title: string;
  readonly severity: Severity;
  /** ATT&CK ids, most specific first. */
  readonly techniques: readonly string[];
}

function incident(title: string, severity: Severity, techniques: string): IncidentClass {
  return { title, severity, techniques: techniques === '' ? [] : techniques.split(' ') };
}

export const incidentClasses = {
  'mfa-weakened': incident('Multi-factor authentication weakened', 'high', 'T1556.006 T1556'),
  'federation-changed': incident('Single sign-on or identity provider changed', 'high', 'T1484.002 T1556'),
  'logging-impaired': incident('Audit logging switched off or redirected', 'high', 'T1685.002 T1685'),
  'detection-impaired': incident('Security tool or alerting weakened', 'high', 'T1685'),
  'safeguard-weakened': incident('Protective setting weakened', 'medium', 'T1685'),
  'network-opened': incident('Network access rules changed', 'medium', 'T1686.001 T1686'),
  'network-tapped': incident('Network traffic mirrored or captured', 'high', 'T1040'),
  'key-changed': incident('Encryption key or certificate changed', 'medium', 'T1485 T1553'),
  'credential-added': incident('Credential or token created', 'medium', 'T1098.001 T1098'),
  'secret-read': incident('Secret or key read', 'medium', 'T1555.006 T1552'),
  'password-changed': incident('Password or recovery data changed', 'low', 'T1098'),
  'privilege-granted': incident('Privilege or role granted', 'medium', 'T1098.003 T1098'),
  'account-added': incident('Account or member added', 'low', 'T1136.003 T1136'),
  'account-removed': incident('Account or access removed', 'low', 'T1531'),
  'integration-added': incident('Application, webhook or integration changed', 'medium', 'T1671 T1550.001'),
  'trust-changed': incident('Trust in a domain, tenant or support access changed', 'high', 'T1484.002 T1199'),
  'made-public': incident('Resource made public', 'high', 'T1530 T1567'),
  'shared-externally': incident('Data shared outside the organisation', 'medium', 'T1537 T1567'),
  'data-exported': incident('Data exported or downloaded', 'medium', 'T1530 T1213'),
  'data-destroyed': incident('Data or resource deleted', 'medium', 'T1485'),
  'recovery-inhibited': incident('Backup or recovery inhibited', 'high', 'T1490 T1485'),
  'data-encrypted': incident('Data encrypted with a foreign key', 'critical', 'T1486'),
  impersonation: incident('Another account impersonated', 'medium', 'T1550.001 T1078.004'),
  'code-executed': incident('Code or command run on cloud compute', 'medium', 'T1651 T1648'),
  'container-abuse': incident('Risky container or cluster operation', 'medium', 'T1609 T1610'),
  'container-escape': incident('Container with access to its host', 'high', 'T1611 T1610'),
  'supply-chain': incident('Build pipeline or repository tampered with', 'high', 'T1195.002 T1195'),
  discovery: incident('Reconnaissance of accounts and configuration', 'low', 'T1526 T1580 T1087.004'),
  'access-denied': incident('Refused attempt to reach protected resources', 'low', 'T1526'),
  'login-anomaly': incident('Unusual or risky sign-in', 'medium', 'T1078.004 T1078'),
  'login-failed': incident('Failed sign-in', 'low', 'T1110'),
  'mfa-abuse': incident('Multi-factor prompt abused or refused', 'high', 'T1621'),
  'mail-forwarding': incident('Mail forwarded or delegated', 'high', 'T1114.003'),
  phishing: incident('Phishing or malicious message', 'medium', 'T1566'),
  'command-suspicious': incident('Suspicious command line', 'high', 'T1059'),
  exploitation: incident('Attack pattern in request or text', 'high', 'T1190'),
  'malicious-content': incident('Malicious file or content', 'high', 'T1204'),
  'known-bad': incident('Indicator named by threat intelligence', 'high', 'T1071'),
  'vendor-alert': incident('Alert of a security product', 'medium', ''),
  'resource-hijack': incident('Cost limit or quota removed', 'medium', 'T1496'),
  'service-stopped': incident('Service stopped or restarted', 'low', 'T1489 T1529'),
  'remote-access': incident('Exposed or unusual network service used', 'medium', 'T1133 T1571'),
  'admin-change': incident('Sensitive administrative change', 'low', 'T1098'),
} as const satisfies Record<string, IncidentClass>;

export type IncidentClassId = keyof typeof incidentClasses;
