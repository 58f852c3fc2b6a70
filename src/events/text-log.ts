import { readApplicationMessage } from './application-message.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import type { TextFormat } from './format.ts';
import { plainLog } from './program-meaning.ts';
import { programSource } from './program-message.ts';
import { findTextTime } from './text-time.ts';

/**
 * Any other text log of an application: one line of text with a time near its beginning. What it means is read from
 * its words (`application-message.ts`); what nobody understands is a `log` that keyword rules can search.
 */
export const textLog: TextFormat = {
  kind: 'text',
  id: 'text-log',
  title: 'other text log with a time',
  recognise: (text) => isOneLine(text) && findTextTime(text, 0) !== null,
  normalise(text, origin) {
    const time = isOneLine(text) ? findTextTime(text, origin.receivedAtMs) : null;
    if (time === null) {
      return {
        rejected: 'invalid_record',
        detail: 'expected one line of text with a time near its beginning',
      };
    }
    const plain = text.replace(terminalColour, '');
    const meaning = readApplicationMessage(plain, true) ?? { eventType: plainLog, fields: {} };
    const level = levelOf(plain);
    const program = programOf(plain);
    const isRequest = meaning.fields['cs-method'] !== undefined;
    const entities = new EntityCollector();
    for (const host of meaning.hosts ?? []) entities.host(host);
    for (const url of meaning.urls ?? []) entities.url(url);
    return buildEvent({
      format: 'text-log',
      origin,
      record: {
        ...meaning.fields,
        ...(level === undefined ? {} : { level }),
        ...(program === undefined ? {} : { program: program.name }),
        message: plain,
      },
      raw: text,
      timestamp: time.timestamp,
      source: program === undefined ? 'text-log' : programSource(program.name),
      eventType: meaning.eventType,
      sourceIp: meaning.sourceIp,
      destinationIp: meaning.destinationIp,
      port: meaning.port,
      protocol: meaning.protocol,
      user: meaning.user,
      category: meaning.category,
      outcome: meaning.outcome,
      logsource: {
        ...(program === undefined ? {} : { product: program.product }),
        category: isRequest ? ['application', 'webserver'] : ['application'],
        ...(program === undefined ? {} : { service: [program.name] }),
      },
      entities,
    });
  },
};

const escapeCode = 27;
const terminalColour = new RegExp(`${String.fromCharCode(escapeCode)}\\[[\\d;]{0,16}m`, 'g');

/** No control characters but tab and the escape of terminal colours: with others it is a file of another kind. */
function isOneLine(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 32 && code !== 9 && code !== escapeCode) return false;
  }
  return true;
}

const levelNamed = /\b(?:level|lvl|severity)["']?[=:] ?["']?([a-z]{3,9})\b/i;
const levelAlone =
  /(?:[[<(|\s:.]|^)(trace|debug|info|information|notice|note|warn|warning|wrn|error|err|crit|critical|alert|emerg|emergency|fatal|panic|severe)(?:[\]>)|\s:,]|$)/i;
const spellings: Readonly<Record<string, string>> = {
  information: 'info',
  note: 'notice',
  warn: 'warning',
  wrn: 'warning',
  err: 'error',
  severe: 'error',
  crit: 'critical',
  emerg: 'emergency',
};

/** The level in the head of a line, where the message has not begun yet. */
function levelOf(text: string): string | undefined {
  const head = text.slice(0, 160);
  const found = (levelNamed.exec(head) ?? levelAlone.exec(head))?.[1]?.toLowerCase();
  return found === undefined ? undefined : (spellings[found] ?? found);
}

interface Program {
  readonly name: string;
  /** As Sigma's log sources name it. */
  readonly product: string;
}

/** What gives a program's lines away. */
const marks: readonly (readonly [mark: RegExp, name: string, product: string])[] = [
  [
    /\bAH\d{5}:|\[(?:core|proxy\w{0,16}|auth\w{0,16}|ssl|authz_\w{1,16}|cgid?|php\d?|security2|mpm_\w{1,16}):\w{4,6}\d?\] \[pid /,
    'apache',
    'apache',
  ],
  [/\[(?:error|crit|alert|warn|info|notice|emerg)\] \d{1,10}#\d{1,10}: /, 'nginx', 'nginx'],
  [/\borg\.apache\.(?:catalina|tomcat|coyote)\b/, 'tomcat', 'apache'],
  [/\bhaproxy\[\d/, 'haproxy', 'haproxy'],
  [/\b(?:FATAL|ERROR|LOG|STATEMENT|DETAIL|HINT|PANIC): {2}/, 'postgresql', 'postgresql'],
  [
    /\[(?:Warning|Note|ERROR|System)\] (?:\[MY-\d{6}\]|Access denied|Aborted connection|mysqld)|\bmysqld\b|\bmariadbd\b/,
    'mysql',
    'mysql',
  ],
  [/^\S{10,30} \S{1,12} {1,4}Logon {4,8}|\bLogin failed for user '/, 'mssql', 'mssql'],
  [/\b(?:sofia(?:_reg)?|mod_sofia|switch_\w{1,16})\.c:\d/, 'freeswitch', 'linux'],
  [/\b(?:chan_sip|res_pjsip\w{0,32}|pbx)(?:\.c|\/)|\bSecurityEvent="/, 'asterisk', 'linux'],
  [/\bproftpd\[\d/, 'proftpd', 'linux'],
  [/\[pid \d{1,10}\] (?:\[[^\]]{1,64}\] )?(?:OK|FAIL|CONNECT|FTP)/, 'vsftpd', 'linux'],
  [/\bdovecot_(?:login|plain) authenticator\b|\bH=\S{1,255} .{0,64}\brejected\b/, 'exim', 'linux'],
  [/\bhomeassistant\./, 'homeassistant', 'homeassistant'],
  [/\borg\.(?:keycloak|key\.events)|\btype=LOGIN_ERROR\b/, 'keycloak', 'keycloak'],
  [/\b(?:TLS Error|TLS Auth Error|\[AF_INET6?\])/, 'openvpn', 'linux'],
  [/\bqueries?: (?:info|error)|\bclient @0x[0-9a-f]{1,16} /, 'named', 'linux'],
  [/\[(?:oip|ip|name)=[^\]]{1,256};\] |\bZimbra\b/, 'zimbra', 'zimbra'],
  [/\bMODSEC|\bModSecurity\b/i, 'modsecurity', 'modsecurity'],
  [/\bfail2ban\.\w{1,16}/, 'fail2ban', 'linux'],
];

function programOf(text: string): Program | undefined {
  const head = text.slice(0, 512);
  for (const [mark, name, product] of marks) if (mark.test(head)) return { name, product };
  return undefined;
}
