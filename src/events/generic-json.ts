import type { EventContext } from '../contracts/security-event.ts';
import type { Json } from '../json.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import { FieldIndex } from './field-index.ts';
import type { JsonFormat } from './format.ts';
import { canonicalIp } from './ip-address.ts';
import { loginOr } from './login.ts';
import { productLogsource } from './product-logsource.ts';
import { portOf, snakeCase, textOf } from './record-fields.ts';
import { timestampFrom } from './timestamp.ts';

/** Names that products give to what we look for, surest first. */
const names = {
  time: words(
    'timestamp time ts eventtime datetime date published createdat peventtime creationtime eventtimestamp isotimestamp created submittedat submittimestamp requesttime starttime activitydatetime generateddatetime timegenerated timereceived logtime eventcreatetime firstseen lastseen createddate createdon localtime messagetime effectiveat updatedat',
  ),
  sourceIp: words(
    'source.ip sourceip srcip client.ip clientip client.ipaddress src.ip srcaddr srchost srcendpoint.ip sourceipaddress clientipaddress callerip calleripaddress remoteip remoteaddr remoteaddress senderip actor.ip actor.ipaddress accessdevice.ip ipaddress ipaddr aip ip',
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
    'user.name username user.email user.login user useremail actor.email actor.emailaddress actor.alternateid actor.login actor.name actorusername actor principalemail userprincipalname loginname accountname userid account email',
  ),
  source: words(
    'event.module plogtype sourcetype observer.product vendor product logtype application appname app servicename service program source logger',
  ),
  type: words(
    'event.action eventtype eventname action actionname operationname operation methodname activity activityname event.type event type verb kind category',
  ),
  category: words('event.category'),
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
const earliest = '1990';
const urlStart = /^[a-z][a-z0-9+.-]{1,31}:\/\//i;

const loginFailed =
  /^(?:user_)?(?:login|logon|sign_?in|auth|authentication)_(?:failed|failure|error|denied)$|^(?:failed|invalid)_(?:user_)?(?:login|logon|sign_?in|auth|authentication)$/;
const loginSucceeded =
  /^(?:user_)?(?:login|logon|sign_?in|auth|authentication)_(?:succeeded|success|successful)$|^successful_(?:login|logon|sign_?in|auth)$/;
const login =
  /^(?:user_)?(?:login|logon|logged_in|sign_?in|signed_in|authenticate|authentication|auth)$|^user_session_start$/;

/**
 * Any other JSON log: an object that carries a time, or an address, two of account, host and kind, or the
 * members of a product that Sigma has rules for.
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
    return facts.filter((fact) => fact !== undefined).length >= 2;
  },
  normalise(record, origin) {
    const index = new FieldIndex(record);
    const eventType = snakeCase(index.first(names.type, nameOf) ?? '') || 'event';
    const category = index.first(names.category, nameOf)?.toLowerCase();
    const outcome = index.first(names.outcome, outcomeOf);
    const logsource = productLogsource(record);
    return buildEvent({
      format: 'generic-json',
      origin,
      record,
      timestamp: index.first(names.time, timeOf) ?? null,
      source: logsource?.product ?? (snakeCase(index.first(names.source, nameOf) ?? '') || 'json'),
      ...loginOr(loginOf(eventType, category, outcome), { eventType, category, outcome }),
      sourceIp: index.first(names.sourceIp, ipOf),
      destinationIp: index.first(names.destinationIp, ipOf),
      port: index.first(names.port, portOf),
      protocol: index.first(names.protocol, nameOf),
      host: index.first(names.host, nameOf),
      user: index.first(names.user, nameOf),
      logsource,
      entities: entitiesOf(index),
    });
  },
};

function words(list: string): readonly string[] {
  return list.split(' ');
}

function timeOf(value: Json): string | undefined {
  const timestamp = timestampFrom(value);
  // A small number under a name like `time` is a duration.
  return timestamp !== null && timestamp > earliest ? timestamp : undefined;
}

function ipOf(value: Json): string | undefined {
  return canonicalIp(value) ?? undefined;
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
