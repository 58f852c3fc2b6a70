import type { AuditRecord } from './record.ts';

/** One call to a cluster's API. */
export interface KubernetesCall {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** The call to a cluster that a record tells of; null when it is none. */
export function kubernetesCall(record: AuditRecord): KubernetesCall | null {
  const method = record.text('methodname');
  if (method.startsWith('io.k8s.')) return cloudKubernetesCall(record, method);
  const resource = record.under('objectref', 'resource')?.text;
  const verb = record.text('verb');
  if (resource === undefined || verb === '') return null;
  return {
    verb,
    resource,
    subresource: record.under('objectref', 'subresource')?.text ?? '',
    namespace: record.under('objectref', 'namespace')?.text ?? '',
    name: record.under('objectref', 'name')?.text ?? '',
  };
}

/** GKE writes `io.k8s.core.v1.pods.exec.create`, and the object's path as `resourceName`. */
function cloudKubernetesCall(record: AuditRecord, method: string): KubernetesCall {
  const parts = method.split('.').slice(-4);
  const version = parts.findIndex((part) => /^v\d/.test(part));
  const [resource = '', ...rest] = parts.slice(version + 1);
  const last = rest.at(-1) ?? '';
  const isVerb = /^(?:get|list|watch|create|update|patch|delete|deletecollection)$/.test(last);
  const path = record.text('resourcename', 'resource').split('/');
  const space = path.indexOf('namespaces');
  return {
    verb: isVerb ? last : 'create',
    resource,
    subresource: isVerb ? (rest.length > 1 ? (rest[0] ?? '') : '') : last,
    namespace: space === -1 ? '' : (path[space + 1] ?? ''),
    name: path.at(-1) ?? '',
  };
}
