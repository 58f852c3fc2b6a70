import type { EventContext } from '../contracts/security-event.ts';
import { isJsonObject, type JsonObject } from '../json.ts';

type Logsource = NonNullable<EventContext['logsource']>;

/** Products whose JSON needs no format of its own, with the members that give them away. */
const products: readonly (readonly [logsource: Logsource, isFrom: (record: JsonObject) => boolean])[] = [
  [
    { product: 'okta', service: ['okta'] },
    ({ eventType, displayMessage, legacyEventType, debugContext }) =>
      typeof eventType === 'string' && (displayMessage ?? legacyEventType ?? debugContext) !== undefined,
  ],
  [
    { product: 'github', service: ['audit'] },
    ({ action, org, repo, business }) =>
      typeof action === 'string' &&
      /^\w{1,64}\.\w{1,64}$/.test(action) &&
      (org ?? repo ?? business) !== undefined,
  ],
  [
    { product: 'kubernetes', category: ['application'], service: ['audit'] },
    ({ verb, objectRef, requestURI }) => typeof verb === 'string' && (objectRef ?? requestURI) !== undefined,
  ],
  [
    { product: 'm365', service: ['audit'] },
    ({ Workload, Operation }) => typeof Workload === 'string' && typeof Operation === 'string',
  ],
  [{ product: 'gcp', service: ['gcp.audit'] }, ({ protoPayload }) => isJsonObject(protoPayload)],
  [
    { product: 'azure', service: ['riskdetection'] },
    ({ riskEventType }) => typeof riskEventType === 'string',
  ],
  [{ product: 'azure', service: ['signinlogs'] }, (record) => isAzure(record, /^(?:\w+)?SignInLogs$/i)],
  [{ product: 'azure', service: ['auditlogs'] }, (record) => isAzure(record, /^AuditLogs$/i)],
  [{ product: 'azure', service: ['activitylogs'] }, (record) => isAzure(record, /./)],
  [
    { product: 'onelogin', service: ['onelogin.events'] },
    ({ event_type_id: type, account_id: account, actor_user_id: actor }) =>
      type !== undefined && (account ?? actor) !== undefined,
  ],
  [{ product: 'bitbucket', service: ['audit'] }, ({ auditType }) => isJsonObject(auditType)],
  [
    { product: 'opencanary', category: ['application'] },
    ({ logtype, node_id: node }) => typeof logtype === 'number' && typeof node === 'string',
  ],
];

/** The logsource that Sigma's rules for a product name, when a record shows whose it is. */
export function productLogsource(record: JsonObject): Logsource | undefined {
  for (const [logsource, isFrom] of products) if (isFrom(record)) return logsource;
  return undefined;
}

function isAzure({ operationName, resourceId, tenantId, category }: JsonObject, kind: RegExp): boolean {
  if (operationName === undefined || (resourceId ?? tenantId) === undefined) return false;
  return kind.test(typeof category === 'string' ? category : 'Administrative');
}
