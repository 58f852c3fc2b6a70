import type { JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import type { FieldSource, SensorView, SigmaLogSource } from './field-source.ts';
import { leavesOf } from './leaves.ts';
import { fieldAt } from './lookup.ts';

/**
 * Logs of products that come as plain JSON (Azure, Google Cloud, Microsoft 365, Okta, GitHub, Kubernetes, …) and any
 * other: their own names, nested with dots, and the names under which Sigma's rules know some of them.
 */
export function productView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  return { fields: new ObjectTextFields(record, names.get(logSource.product)), logSource };
}

/** Rules for these products were written against a log store that renames the members. */
const names: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  [
    'gcp',
    new Map([
      ['gcp.audit.method_name', 'protoPayload.methodName'],
      ['gcp.audit.service_name', 'protoPayload.serviceName'],
      ['data.protoPayload.methodName', 'protoPayload.methodName'],
      ['data.protoPayload.serviceName', 'protoPayload.serviceName'],
      ['data.protoPayload.authorizationInfo.permission', 'protoPayload.authorizationInfo.permission'],
      ['data.protoPayload.authorizationInfo.granted', 'protoPayload.authorizationInfo.granted'],
      ['data.protoPayload.resource.type', 'resource.type'],
      ['data.protoPayload.logName', 'logName'],
      ['eventService', 'protoPayload.serviceName'],
      ['eventName', 'protoPayload.metadata.event.eventName'],
    ]),
  ],
  [
    'kubernetes',
    new Map([
      ['apiGroup', 'objectRef.apiGroup'],
      ['hostPath', 'requestObject.spec.volumes.hostPath'],
      ['capabilities', 'requestObject.spec.containers.securityContext.capabilities.add'],
    ]),
  ],
  [
    'azure',
    new Map([
      ['OperationName', 'operationName'],
      ['operationName', 'OperationName'],
      ['OperationNameValue', 'operationName'],
      ['CategoryValue', 'category'],
      ['Category', 'category'],
      ['ResourceId', 'resourceId'],
      ['ResultType', 'resultType'],
      ['ResultDescription', 'resultDescription'],
      ['ActivityDisplayName', 'properties.activityDisplayName'],
      ['LoggedByService', 'properties.loggedByService'],
      ['properties.message', 'operationName'],
      ['riskEventType', 'properties.riskEventType'],
      ['AuthenticationRequirement', 'properties.authenticationRequirement'],
      ['RiskState', 'properties.riskState'],
      ['ClientApp', 'properties.clientAppUsed'],
      ['userAgent', 'properties.userAgent'],
      ['ResourceDisplayName', 'properties.resourceDisplayName'],
      ['conditionalAccessStatus', 'properties.conditionalAccessStatus'],
      ['TargetResources', 'properties.targetResources'],
      ['TargetResources.modifiedProperties', 'properties.targetResources.modifiedProperties'],
      [
        'TargetResources.modifiedProperties.newValue',
        'properties.targetResources.modifiedProperties.newValue',
      ],
      [
        'TargetResources.ModifiedProperties.NewValue',
        'properties.targetResources.modifiedProperties.newValue',
      ],
      [
        'TargetResources.ModifiedProperties.DisplayName',
        'properties.targetResources.modifiedProperties.displayName',
      ],
      ['targetResources.type', 'properties.targetResources.type'],
      ['DeviceDetail.deviceId', 'properties.deviceDetail.deviceId'],
      ['DeviceDetail.isCompliant', 'properties.deviceDetail.isCompliant'],
      ['DeviceDetail.trusttype', 'properties.deviceDetail.trustType'],
    ]),
  ],
]);

/**
 * A record whose own names are Sigma's. A field that is a whole object answers with its JSON beside the object, because rules
 * search such fields (`Parameters|contains` of Microsoft 365) as the log stores that hold them do: as text.
 */
class ObjectTextFields implements FieldSource {
  readonly #record: JsonObject;
  readonly #aliases: ReadonlyMap<string, string>;

  constructor(record: JsonObject, aliases: ReadonlyMap<string, string> = none) {
    this.#record = record;
    this.#aliases = aliases;
  }

  field(name: string): FieldValue {
    const value = fieldAt(this.#record, name);
    if (value !== undefined) return searchable(value);
    const own = this.#aliases.get(name);
    return own === undefined ? undefined : searchable(fieldAt(this.#record, own));
  }

  leaves(): readonly string[] {
    return leavesOf(this.#record);
  }
}

const none: ReadonlyMap<string, string> = new Map();

function searchable(value: FieldValue): FieldValue {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.some(isObject)
    ? value.map((element: unknown) => (isObject(element) ? JSON.stringify(element) : element))
    : value;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
