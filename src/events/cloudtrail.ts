import { eventTypes } from '../contracts/event-types.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import type { JsonFormat } from './format.ts';
import { exceedsDepth, withoutUnstorable } from './json-text.ts';
import { loginOr } from './login.ts';
import { listOf, objectOf, textOf } from './record-fields.ts';
import { timestampFrom } from './timestamp.ts';

const maxInnerDepth = 64;

/**
 * AWS CloudTrail: a record, also inside an EventBridge event (`detail`) or an answer of `lookup-events`
 * (`CloudTrailEvent`, JSON in a string). The payload is the CloudTrail record alone.
 */
export const cloudtrail: JsonFormat = {
  kind: 'json',
  id: 'cloudtrail',
  title: 'AWS CloudTrail',
  recognise(record) {
    return (
      isTrail(record) || typeof record['CloudTrailEvent'] === 'string' || isTrail(objectOf(record['detail']))
    );
  },
  normalise(outer, origin) {
    const record = trailIn(outer);
    if (record === null) {
      const detail = `CloudTrailEvent: expected a JSON object of at most ${maxInnerDepth} levels as text, got something else`;
      return { rejected: 'invalid_record', detail };
    }
    const identity = objectOf(record['userIdentity']);
    const entities = new EntityCollector();
    entities.domain(record['sourceIPAddress']);
    entities.user(identity['arn']);
    for (const resource of listOf(record['resources'])) entities.host(hostIn(objectOf(resource)['ARN']));
    const outcome = textOf(record['errorCode']) === undefined ? 'success' : 'failure';
    const call = {
      eventType: eventTypes.apiCalled,
      category: categoryOf(record['eventSource']),
      outcome,
    } as const;
    return buildEvent({
      format: 'cloudtrail',
      origin,
      record,
      ownId: record['eventID'],
      timestamp: timestampFrom(record['eventTime']),
      source: 'cloudtrail',
      ...loginOr(loginOf(record), call),
      sourceIp: record['sourceIPAddress'],
      user: userOf(record, identity),
      logsource: { product: 'aws', service: ['cloudtrail'] },
      entities,
    });
  },
};

function isTrail(record: JsonObject): boolean {
  const { eventName, eventSource } = record;
  if (typeof eventName !== 'string') return false;
  if (typeof eventSource === 'string' && eventSource.endsWith('.amazonaws.com')) return true;
  return (
    isJsonObject(record['userIdentity']) ||
    (record['eventVersion'] !== undefined && record['awsRegion'] !== undefined)
  );
}

function trailIn(outer: JsonObject): JsonObject | null {
  const inner = outer['CloudTrailEvent'];
  if (typeof inner === 'string' && !isTrail(outer)) return parseObject(inner);
  const detail = objectOf(outer['detail']);
  return !isTrail(outer) && isTrail(detail) ? detail : outer;
}

function parseObject(text: string): JsonObject | null {
  if (exceedsDepth(text, maxInnerDepth)) return null;
  try {
    const parsed: unknown = JSON.parse(withoutUnstorable(text));
    return isJsonObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** Whether a person's login went through; undefined for all other calls. */
function loginOf(record: JsonObject): boolean | undefined {
  const response = objectOf(record['responseElements']);
  const details = objectOf(record['serviceEventDetails']);
  const name = record['eventName'];
  if (name === 'ConsoleLogin') {
    const result = response['ConsoleLogin'];
    return result === undefined ? textOf(record['errorMessage']) === undefined : result === 'Success';
  }
  if (name !== 'CredentialVerification' && name !== 'UserAuthentication') return undefined;
  const result = details[name];
  return typeof result === 'string' ? result === 'Success' : undefined;
}

function userOf(record: JsonObject, identity: JsonObject): string | undefined {
  const issuer = objectOf(objectOf(identity['sessionContext'])['sessionIssuer']);
  const arn = textOf(identity['arn'], 2048);
  return (
    textOf(identity['userName']) ??
    textOf(objectOf(record['additionalEventData'])['UserName']) ??
    textOf(issuer['userName']) ??
    textOf(arn?.slice(arn.lastIndexOf('/') + 1)) ??
    textOf(identity['principalId']) ??
    textOf(identity['invokedBy']) ??
    (identity['type'] === 'Root' ? 'root' : undefined)
  );
}

function categoryOf(eventSource: unknown): string | undefined {
  return eventSource === 'iam.amazonaws.com' || eventSource === 'sts.amazonaws.com' ? 'iam' : undefined;
}

function hostIn(arn: unknown): string | undefined {
  return typeof arn === 'string' ? /:instance\/(i-[0-9a-f]{8,17})$/.exec(arn.slice(0, 2048))?.[1] : undefined;
}
