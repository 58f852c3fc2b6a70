import type { AuditEvent } from './audit-event.ts';
import { isPrivate } from './circumstance-evidence.ts';
import type { EvidenceList } from './evidence.ts';
import type { KubernetesCall } from './kubernetes-call.ts';
import type { AuditRecord } from './record.ts';
import { wordSet } from './word-set.ts';

const systemNamespaces =
  /^(?:kube-system|kube-public|kube-node-lease|gke-|calico-system|gatekeeper-system|istio-system|tigera)/;
/** Names that clouds do not give to nodes. */
const foreignNode = /^system:node:(?!ip-|i-|aks-|gke-|fargate-|ocp|node)/;
const changing = wordSet('create update patch delete deletecollection');
const workloads = wordSet(
  `pods deployments daemonsets statefulsets replicasets jobs cronjobs replicationcontrollers`,
);
const hostPaths = /^\/(?:$|etc|root|proc|sys|dev|var\/run|var\/lib\/(?:docker|kubelet)|run|home|boot)/;
const riskyCapabilities =
  /^(?:cap_)?(?:all|sys_admin|sys_ptrace|sys_module|net_admin|net_raw|dac_override|dac_read_search|sys_rawio|bpf|setuid|sys_chroot)$/;

/** What a call to a cluster's API does; GKE, EKS, AKS and plain audit logs alike. */
export function kubernetesEvidence(event: AuditEvent, out: EvidenceList): void {
  const call = event.kubernetes;
  if (call === null) return;
  const succeeded = event.outcome !== 'failed' && event.outcome !== 'denied';
  if (systemNamespaces.test(call.namespace)) out.add('k8s:system-namespace', null, call.namespace);
  callerEvidence(event, out);
  if (call.resource === 'secrets') secretEvidence(call, succeeded, out);
  if (!succeeded) return;
  const { record } = event;
  if (call.resource === 'pods' && call.subresource !== '') subresourceEvidence(call, record, out);
  if (!changing.has(call.verb)) return;
  if (workloads.has(call.resource) && call.subresource === '') workloadEvidence(call, record, out);
  if (/^(?:cluster)?rolebindings$/.test(call.resource)) bindingEvidence(call, record, out);
  if (/^(?:cluster)?roles$/.test(call.resource)) roleEvidence(call, record, call.verb === 'create', out);
  networkObjectEvidence(call, record, out);
  identityEvidence(call, out);
  clusterEvidence(call, out);
}

function callerEvidence(event: AuditEvent, out: EvidenceList): void {
  const { actorKind, outcome, sourceAddress } = event;
  const isOutside = sourceAddress !== '' && !isPrivate(sourceAddress);
  if (actorKind === 'anonymous') {
    if (outcome !== 'denied' && (isOutside || sourceAddress === ''))
      out.add('k8s:anonymous', 'access-denied', event.actor);
    return;
  }
  if (isOutside && outcome === 'denied') out.add('k8s:denied-from-internet', 'access-denied', sourceAddress);
  if (actorKind !== 'system') return;
  // A service account of the cluster's own lives inside it; its token was carried off. Nodes, and what runs
  // in the network of nodes, come from the nodes' own addresses.
  if (!isOutside || outcome === 'failed') out.add('k8s:system-actor');
  else if (
    /^system:serviceaccount:(?!.*(?:-node(?:-sa)?|kube-proxy|daemon-set.*)$)/.test(event.actor) ||
    foreignNode.test(event.actor)
  ) {
    out.add('k8s:system-from-internet', 'login-anomaly', sourceAddress);
  }
}

function networkObjectEvidence(call: KubernetesCall, record: AuditRecord, out: EvidenceList): void {
  const type = record.under('spec', 'type')?.text ?? '';
  if (call.resource === 'services' && (type === 'nodeport' || type === 'loadbalancer')) {
    out.add('k8s:exposed-service', 'made-public', type);
  } else if (call.resource === 'ingresses' && call.verb === 'create') {
    out.add(record.objects.has('tls') ? 'k8s:ingress-tls' : 'k8s:ingress', 'made-public');
  } else if (call.resource === 'networkpolicies' && call.verb === 'delete') {
    out.add('k8s:policy-deleted', 'network-opened');
  }
}

function identityEvidence({ resource, subresource, verb }: KubernetesCall, out: EvidenceList): void {
  if (resource === 'certificatesigningrequests') out.add('k8s:certificate', 'credential-added');
  if (resource !== 'serviceaccounts') return;
  if (subresource === 'token') out.add('k8s:token', 'credential-added');
  else if (verb === 'create') out.add('k8s:service-account', 'account-added');
}

function clusterEvidence({ resource, verb, name }: KubernetesCall, out: EvidenceList): void {
  if (resource.endsWith('webhookconfigurations')) {
    out.add('k8s:admission-webhook', 'container-abuse', resource);
  } else if (resource === 'events' && verb.startsWith('delete')) {
    out.add('k8s:events-deleted', 'logging-impaired');
  } else if (resource === 'namespaces' && verb === 'delete') {
    out.add('k8s:namespace-deleted', 'data-destroyed');
  } else if (resource === 'configmaps' && /^(?:coredns|aws-auth|kube-proxy)$/.test(name)) {
    out.add('k8s:core-config', 'container-abuse', name);
  }
}

function secretEvidence(call: KubernetesCall, succeeded: boolean, out: EvidenceList): void {
  if (call.verb === 'list' || call.verb === 'watch') out.add('k8s:secrets-listed', 'secret-read');
  else if (call.verb === 'get') out.add(succeeded ? 'k8s:secret-read' : 'k8s:secret-refused', 'secret-read');
}

function subresourceEvidence(call: KubernetesCall, record: AuditRecord, out: EvidenceList): void {
  const kind = call.subresource;
  if (kind === 'exec' || kind === 'attach') {
    const uri = record.text('requesturi');
    out.add('k8s:exec', 'container-abuse', uri);
    if (/command=(?:tar|%2fbin%2ftar)/.test(uri) && /command=-?c[a-z]*f|command=-?cf/.test(uri))
      out.add('k8s:copy-out', 'data-exported', 'tar');
  } else if (kind === 'portforward' || kind === 'proxy') out.add('k8s:port-forward', 'container-abuse', kind);
  else if (kind === 'ephemeralcontainers') out.add('k8s:ephemeral', 'container-abuse');
}

function workloadEvidence(call: KubernetesCall, record: AuditRecord, out: EvidenceList): void {
  const isTrue = (key: string): boolean =>
    record.text(key) === 'true' || record.all(key).some((leaf) => leaf.value === true);
  const found: string[] = [];
  if (isTrue('privileged')) found.push('privileged');
  if (isTrue('hostnetwork')) found.push('hostNetwork');
  if (isTrue('hostpid')) found.push('hostPID');
  if (isTrue('hostipc')) found.push('hostIPC');
  if (isTrue('allowprivilegeescalation')) found.push('allowPrivilegeEscalation');
  if (
    record.objects.has('hostpath') &&
    record.all('path').some((leaf) => leaf.parent === 'hostpath' && hostPaths.test(leaf.text))
  )
    found.push('hostPath');
  if (record.all('add').some((leaf) => riskyCapabilities.test(leaf.text))) found.push('capabilities');
  if (
    record.all('runasuser').some((leaf) => Number(leaf.value) === 0) ||
    record.text('runasnonroot') === 'false'
  )
    found.push('runs as root');
  if (found.length > 0) out.add('k8s:host-access', 'container-escape', found.join(', '));
  else if (call.verb === 'create')
    out.add(
      `k8s:new-${/daemonsets|cronjobs/.test(call.resource) ? 'persistent' : 'workload'}`,
      'container-abuse',
      call.resource,
    );
  if (systemNamespaces.test(call.namespace) && call.verb === 'create')
    out.add('k8s:workload-in-system', 'container-abuse', call.namespace);
}

function bindingEvidence(call: KubernetesCall, record: AuditRecord, out: EvidenceList): void {
  const role = record.under('roleref', 'name')?.text ?? '';
  const toAnyone = record.leaves.some(
    (leaf) =>
      leaf.parent === 'subjects' && /^system:(?:anonymous|unauthenticated|authenticated)$/.test(leaf.text),
  );
  if (toAnyone) out.add('k8s:bound-to-anyone', 'privilege-granted', role);
  if (/^(?:cluster-admin|admin|edit|system:masters)$/.test(role))
    out.add('k8s:admin-binding', 'privilege-granted', role);
  else if (call.verb === 'create') out.add('k8s:binding', 'privilege-granted', role);
}

function roleEvidence(call: KubernetesCall, record: AuditRecord, isCreate: boolean, out: EvidenceList): void {
  const verbs = record.all('verbs').map((leaf) => leaf.text);
  const resources = record.all('resources').map((leaf) => leaf.text);
  if (/^(?:system:|cluster-admin$|admin$|edit$)/.test(call.name) && call.name !== 'system:coredns')
    out.add('k8s:system-role-changed', 'privilege-granted', call.name);
  if (!isCreate) return;
  if (verbs.includes('*') || resources.includes('*')) out.add('k8s:role-wildcard', 'privilege-granted', '*');
  if (
    resources.some((name) =>
      /^(?:pods\/exec|pods\/attach|nodes\/(?:proxy|\*)|secrets|serviceaccounts\/token|pods\/portforward)$/.test(
        name,
      ),
    )
  )
    out.add('k8s:role-risky-resource', 'privilege-granted', resources.join(', '));
  if (verbs.some((verb) => /^(?:escalate|bind|impersonate|approve|sign)$/.test(verb)))
    out.add('k8s:role-escalation-verb', 'privilege-granted', verbs.join(', '));
  if (verbs.some((verb) => /^(?:create|update|patch|delete|deletecollection)$/.test(verb)))
    out.add('k8s:role-write', 'privilege-granted', verbs.join(', '));
  else if (verbs.length > 0 && !verbs.includes('*')) out.add('k8s:role-read-only');
}
