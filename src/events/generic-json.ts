import { eventTypes } from '../contracts/event-types.ts';
import type { EventContext } from '../contracts/security-event.ts';
import type { Json, JsonObject } from '../json.ts';
import { readApplicationMessage } from './application-message.ts';
import { buildEvent } from './build-event.ts';
import { addressOf } from './client-address.ts';
import { EntityCollector } from './entities.ts';
import { FieldIndex } from './field-index.ts';
import type { JsonFormat } from './format.ts';
import { canonicalIp } from './ip-address.ts';
import { type JsonRequest, jsonRequest } from './json-request.ts';
import { type Kind, loginOr } from './login.ts';
import { productLogsource } from './product-logsource.ts';
import type { ProgramMeaning } from './program-meaning.ts';
import { portOf, snakeCase, textOf } from './record-fields.ts';
import { timestampFrom } from './timestamp.ts';

/** Names that products give to what we look for, surest first. */
const names = {
  time: words(
    'timestamp time ts eventtime datetime date published createdat peventtime creationtime eventtimestamp isotimestamp created submittedat submittimestamp requesttime starttime activitydatetime generateddatetime timegenerated timereceived logtime eventcreatetime firstseen lastseen createddate createdon localtime messagetime effectiveat updatedat t.$date',
  ),
  sourceIp: words(
    'source.ip sourceip srcip client.ip clientip client.ipaddress src.ip srcaddr srchost srcendpoint.ip sourceipaddress clientipaddress callerip calleripaddress remoteip remoteaddr remoteaddress senderip actor.ip actor.ipaddress accessdevice.ip clienthost requestremoteip request.remoteip clientaddr clientaddress remotehost peeraddr sourceaddress ipaddress ipaddr aip realip xrealip ip client',
  ),
  destinationIp: words(
    'destination.ip destinationip destip dstip dst.ip dstaddr dsthost dstendpoint.ip serverip',
  ),
  port: words('destination.port destinationport destport dstport dst.port dstendpoint.port serverport'),
  protocol: words('network.protocol network.transport protocol proto'),
  host: words(
    'host.name hostname host.hostname host computername computer machinename devicename device.name agent.name agent.hostname node machine',
  ),
  user: words(
    'user.name username user.email user.login user useremail actor.email actor.emailaddress actor.alternateid actor.login actor.name actorusername actor principalemail userprincipalname loginname accountname principalname userid account email',
  ),
  source: words(
    'event.module plogtype sourcetype observer.product vendor product logtype application appname app servicename service program source logger',
  ),
  type: words(
    'event.action eventtype eventname action actionname operationname operation methodname activity activityname event.type event type verb kind category',
  ),
  category: words('event.category'),
  message: words('message msg event.message log error.message error errormessage description reason text'),
  outcome: words(
    'event.outcome outcome.result outcome resultstatus result resulttype status.value status success issuccess actionresult',
  ),
};
const hashNames = new Set(
  words('md5 sha1 sha256 hash filehash sha256hash md5hash sha256string md5string hashes'),
);
const domainNames = new Set(words('domain fqdn query queryname sni servername dnsname domainname'));
const processNames = new Set(
  words('processname imagefilename process.name executable exe image commandline'),
);
/** Names that only logs give to what happened: a record that has one is a log even if it holds nothing else. */
const kindNames = words('eventtypename eventname eventtype operationname methodname');
/** Objects that tell of a deed: who did it, to what, how it was asked for. */
const partNames = new Set(
  words(
    'actor createdby initiatedby performedby sender user useridentity repository organization resource target request requestparameters params properties detail details columns workflowrun pullrequest',
  ),
);
const earliest = '1990';
const urlStart = /^[a-z][a-z0-9+.-]{1,31}:\/\//i;

const loginFailed =
  /^(?:user_)?(?:login|logon|sign_?in|auth|authentication)_(?:failed|failure|error|denied)$|^(?:failed|invalid)_(?:user_)?(?:login|logon|sign_?in|auth|authentication)$/;
const loginSucceeded =
  /^(?:user_)?(?:login|logon|sign_?in|auth|authentication)_(?:succeeded|success|successful)$|^successful_(?:login|logon|sign_?in|auth)$/;
const login =
  /^(?:user_)?(?:login|logon|logged_in|sign_?in|signed_in|authenticate|authentication|auth)$|^user_session_start$/;

/**
 * Any other JSON log: an object that carries a time, or an address, two of account, host and kind, the
 * members of a product that Sigma has rules for, a name that only logs use for what happened, or the object
 * that tells who did it or to what.
 * Time, addresses, account, host, product and kind are taken from the names that products commonly give them,
 * in any spelling and down to the fourth level; ECS's among them.
 */
export const genericJson: JsonFormat = {
  kind: 'json',
  id: 'generic-json',
  title: 'other JSON log',
  recognise(record) {
    const index = new FieldIndex(record);
    if (index.first(names.time, timeOf) !== undefined) return index.fields.length > 1;
    if (index.first(names.sourceIp, ipOf) !== undefined || productLogsource(record) !== undefined)
      return true;
    const facts = [names.user, names.host, names.type].map((list) => index.first(list, nameOf));
    if (facts.filter((fact) => fact !== undefined).length >= 2) return true;
    if (index.first(kindNames, textOrNothing) !== undefined) return true;
    const size = Math.max(index.fields.length, Object.keys(record).length);
    return index.fields.length > 0 && size >= 2 && namesPart(record);
  },
  normalise(record, origin) {
    const index = new FieldIndex(record);
    const eventType = snakeCase(index.first(names.type, nameOf) ?? '') || 'event';
    const category = index.first(names.category, nameOf)?.toLowerCase();
    const outcome = index.first(names.outcome, outcomeOf);
    const product = productLogsource(record);
    const request = product === undefined ? jsonRequest(record, index) : null;
    const message = product === undefined ? index.first(names.message, messageOf) : undefined;
    const words = message === undefined ? null : readApplicationMessage(message, false);
    const logsource = product ?? (request === null ? undefined : { category: ['webserver'] });
    const login = loginOf(eventType, category, outcome) ?? loginOfWords(words);
    return buildEvent({
      format: 'generic-json',
      origin,
      record,
      timestamp: index.first(names.time, timeOf) ?? null,
      source: product?.product ?? (snakeCase(index.first(names.source, nameOf) ?? '') || 'json'),
      ...loginOr(login, kindOf({ eventType, category, outcome }, request)),
      sourceIp: index.first(names.sourceIp, ipOf) ?? request?.client ?? words?.sourceIp,
      destinationIp: index.first(names.destinationIp, ipOf),
      port: index.first(names.port, portOf),
      protocol: index.first(names.protocol, nameOf),
      host: index.first(names.host, nameOf),
      user: index.first(names.user, nameOf) ?? words?.user,
      logsource,
      entities: entitiesOf(index),
    });
  },
};

function words(list: string): readonly string[] {
  return list.split(' ');
}

function textOrNothing(value: Json): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Whether a member of the record is an object, or a list, that tells of a deed. */
function namesPart(record: JsonObject): boolean {
  let seen = 0;
  for (const key in record) {
    seen += 1;
    if (seen > 256) return false;
    if (typeof record[key] === 'object' && partNames.has(key.toLowerCase().replace(/[_@-]/g, '')))
      return true;
  }
  return false;
}

function timeOf(value: Json): string | undefined {
  const timestamp = timestampFrom(value);
  // A small number under a name like `time` is a duration.
  return timestamp !== null && timestamp > earliest ? timestamp : undefined;
}

/** Some write the port beside it. */
function ipOf(value: Json): string | undefined {
  return canonicalIp(value) ?? addressOf(value);
}

function messageOf(value: Json): string | undefined {
  return typeof value === 'string' && value.includes(' ') ? value : undefined;
}

function loginOfWords(words: ProgramMeaning | null): boolean | undefined {
  if (words?.eventType === eventTypes.loginFailed) return false;
  return words?.eventType === eventTypes.loginSucceeded ? true : undefined;
}

/** A request without a kind of its own is an `http_request`. */
function kindOf(kind: Kind, request: JsonRequest | null): Kind {
  if (request === null || kind.eventType !== 'event') return kind;
  const outcome = request.status === undefined ? kind.outcome : request.status < 400 ? 'success' : 'failure';
  return { eventType: eventTypes.httpRequest, category: kind.category ?? 'web', outcome };
}

function nameOf(value: Json): string | undefined {
  return textOf(value);
}

function outcomeOf(value: Json): EventContext['outcome'] {
  if (typeof value === 'boolean') return value ? 'success' : 'failure';
  if (typeof value !== 'string') return undefined;
  if (/^(?:succe|allow|ok$|true$|passed|accept)/i.test(value)) return 'success';
  return /^(?:fail|den|block|error|false$|invalid|reject|unauthorized)/i.test(value) ? 'failure' : undefined;
}

function loginOf(
  eventType: string,
  category: string | undefined,
  outcome: EventContext['outcome'],
): boolean | undefined {
  if (loginFailed.test(eventType)) return false;
  if (loginSucceeded.test(eventType)) return true;
  const isLogin = login.test(eventType) || category === 'authentication';
  return isLogin && outcome !== undefined ? outcome === 'success' : undefined;
}

function entitiesOf(index: FieldIndex): EntityCollector {
  const entities = new EntityCollector();
  for (const [name, value] of index.fields) {
    if (typeof value !== 'string') continue;
    entities.ip(value);
    if (urlStart.test(value)) entities.url(value);
    if (hashNames.has(name)) entities.hash(value);
    if (domainNames.has(name)) entities.domain(value);
    if (processNames.has(name)) entities.process(value);
  }
  return entities;
}
