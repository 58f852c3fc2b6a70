import type { AuditEvent } from './audit-event.ts';
import type { EvidenceList } from './evidence.ts';
import type { AuditRecord, Leaf } from './record.ts';
import { wordList, wordSet } from './word-set.ts';

/** Members that hold command lines. */
const commandKeys =
  wordSet(`commandline cmdline command cmd processcommandline path program argv scriptcontent
  parentcommandline imagefilename commandhistory arguments userdata`);
/** Members that outsiders fill in and machines may run: titles, branch names, queries, headers. */
const outsideKeys =
  wordSet(`title body ref headref message clientrequestpath clientrequestquery clientrequesturi requesturi
  requesturl url query querystring useragent clientrequestuseragent referer name comment
  description headbranch pagename branch commitmessage subject label path httprequest uri`);

const commands: readonly (readonly [id: string, pattern: RegExp])[] = [
  [
    'command:encoded',
    /(?:-|\/|–)e(?:nc|ncodedcommand|c)?\s+["']?[a-z0-9+/=]{12,}|frombase64string|base64\s+(?:-d|--decode)\b|[=\s"'](?=[a-z0-9+/]*[0-9+/])[a-z0-9+/]{40,}={0,2}(?:["'\s]|$)|[=\s"'][a-z0-9+/]{20,}={1,2}(?:["'\s]|$)/,
  ],
  [
    'command:pipe-to-shell',
    /(?:curl|wget|fetch)\b[^|]{1,200}\|\s*(?:sudo\s+)?(?:ba|z|k|da)?sh\b|iex\b|invoke-expression|downloadstring/,
  ],
  [
    'command:reverse-shell',
    /\/dev\/(?:tcp|udp)\/|\bnc(?:at)?\b.{0,40}-[a-z]*e\b|\/bin\/n(?:c|cat|etcat)$|^(?:nc|ncat|netcat|socat|nmap|tcpdump|masscan|zmap|wireshark|tshark|hping3?)$|bash\s+-i\b|mkfifo\b|socat\b.{0,60}exec|pty\.spawn|\b(?:nc|ncat|netcat)\s+-[a-z]*l/,
  ],
  [
    'command:remote-start',
    /\bwmic\b.{0,80}\bcall\s+create\b|\bpsexec(?:64|svc)?\b|\bwinrs\b.{0,40}-r:|wmiexec|smbexec|schtasks.{0,40}\/s\s|invoke-command\b.{0,60}-computername/,
  ],
  [
    'command:credentials',
    /mimikatz|sekurlsa|lsass|procdump|ntds\.dit|secretsdump|\/etc\/shadow|security\s+(?:dump-keychain|find-(?:generic|internet)-password)|\.aws\/credentials|id_rsa|login\.keychain|lazagne|chainbreaker|comsvcs/i,
  ],
  [
    'command:accounts',
    /(?:^|\/)(?:useradd|userdel|adduser|deluser|usermod|groupadd|chpasswd|passwd|visudo)\b|net1?\s+(?:user|localgroup)\b.{0,60}\/(?:add|delete)|dscl\b.{0,60}-create/,
  ],
  [
    'command:persistence',
    /crontab\b|schtasks.{0,40}\/create|launchctl\s+(?:load|bootstrap)|systemctl\s+enable|currentversion\\run|authorized_keys|\/etc\/(?:cron|rc\.local|profile\.d)|add-trusted-cert|loginitems|plutil\s+-(?:insert|replace)/,
  ],
  [
    'command:impair',
    /setenforce\s+0|ufw\s+disable|iptables\s+-f\b|spctl\s+--master-disable|csrutil\s+disable|history\s+-c|auditctl\s+-e\s*0|wevtutil\s+cl|set-mppreference|vssadmin.{0,40}delete|bcdedit|netsh\s+advfirewall.{0,40}off|kill.{0,40}(?:falcon|osquery|wazuh|edr)|gatekeeper|rm\s+-rf\s+\/(?:var\/log|\s|$)|shred\b|tmutil\s+disable|logging_config|systemctl\s+(?:stop|disable)\s+(?:auditd|rsyslog|falcon)|\blog\s+erase/,
  ],
  [
    'command:privilege',
    /with administrator privileges|chmod\s+(?:u\+s|[0-7]?4755|4[0-7]{3})|sudo\s+su\b|setcap\b|pkexec|nsenter\b|unshare\b|ptrace|\/bin\/su$/,
  ],
  [
    'command:malware',
    /xmrig|minerd|cryptonight|stratum\+tcp|kinsing|linpeas|winpeas|pspy|chisel|frpc?\b|ngrok|cobaltstrike|meterpreter|beacon\.|sliver|rubeus|sharphound|psexec|anydesk|teamviewer|screenconnect|atera|rustdesk|ammyy|remcos|njrat|\bsupremo\b|logmein/,
  ],
  [
    'command:discovery',
    /\b(?:whoami\s+\/all|nltest|net\s+group|dsquery|adfind|ifconfig\s+-a|system_profiler|arp\s+-a|netstat\s+-an|wmic\b.{0,60}(?:call\s+create|useraccount|shadowcopy)|quser|csvde|ldapsearch|enum4linux)\b/,
  ],
];

const injection =
  /\$\([^)]{1,200}\)|`[^`]{0,120}\b(?:curl|wget|bash|whoami|nc|env|cat|eval|python3?|base64|printenv|id)\b[^`]{0,120}`|\$\{jndi:|\$\{\{[^}]{0,200}(?:github\.event|inputs|secrets)|(?:;|&&|\|\|)\s*(?:curl|wget|bash|sh|nc|python|rm|cat|env|printenv)\b|\/bin\/(?:ba)?sh\b|\b(?:ba)?sh\s+-c\b|\beval\s*\(|\bexec\s*\(|base64\s*(?:-d|--decode)|\\x[0-9a-f]{2,}|\$ifs|\/dev\/tcp|\bcurl\b.{0,60}\||%24%28|\bnc(?:at)?\s+(?:-\w{1,8}\s+){0,4}[a-z0-9.-]{4,64}\s+\d{2,5}|<script|javascript:|onerror=/;
const attack =
  /\.\.(?:\/|%2f|\\)|union\s+(?:all\s+)?select|'\s*or\s*'?1'?\s*=|xp_cmdshell|\/etc\/passwd|%00|cmd\.exe|\/\.git\/|\/\.env\b|wp-login|phpunit|\/actuator|__proto__|constructor\[|resolvedmodel|\$\{(?:jndi|env|lower)|class\.module|sleep\(\d|<\?php|\/solr\/|\/cgi-bin\/|log4j|log4shell|ddos|react2shell|next-action|rsc-action|\brce\b|sqli|xss|injection/;
const attackIdKeys =
  wordSet(`preconfiguredexprids rulemessage signature attacktype source ruleset rulename ruleid description
  wafattack clientrequestheadersnextaction matchedrule`);
const ransomNote =
  /(?:how[_ -]?to[_ -]?(?:decrypt|restore|recover)|readme[_ -]?(?:decrypt|for)|decrypt[_ -]?(?:instructions?|files?)|ransom|recover[_ -]?(?:files?|your)|restore[_ -]?files?|your[_ -]files|files?[_ -]encrypted|warning[_ -]|lockbit|\.(?:encrypted|locked|crypt(?:ed)?|lockbit|enc|wncry|ransom|akira|conti|ryuk|blackcat|babuk)(?:$|[^a-z]))/;
const riskyQuery =
  /^\s*(?:drop\s+(?:table|database|schema|user|role|warehouse)|truncate\s|delete\s+from|alter\s+account|grant\s+(?:role\s+)?(?:accountadmin|securityadmin|sysadmin|ownership|all)|create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:user|role|network|stage|share|security|external)|alter\s+user|copy\s+into\s+['@]|unset\s+network|show\s+grants|get\s+@|alter\s+(?:role|network|masking))/;
const archives =
  /\.(?:pem|key|kdbx|pfx|p12|bak|sql|dump|ovpn|rdp|keystore|jks|env|tfstate|csv\.gz|pst)$|id_rsa|credentials|passwords?|secrets?\b/;

/** Programs that have no business starting a shell: office, readers, mail, web and database servers. */
const strangeParents =
  /(?:winword|excel|powerpnt|outlook|msaccess|onenote|acrord32|acrobat|eqnedt32|w3wp|sqlservr|httpd|nginx|tomcat|mshta|wmiprvse|spoolsv|lsass|winlogon|services|svchost|java)(?:\.exe)?$/;
const shells =
  /(?:cmd|powershell|pwsh|wscript|cscript|mshta|rundll32|regsvr32|bash|\/sh|certutil|bitsadmin)(?:\.exe)?(?:["\s]|$)/;

const processKeys = ['commandline', 'cmdline', 'argv', 'imagefilename', 'program'] as const;
const storedNames = wordSet('key objectkey filename objectname doctitle');
const queryKeys = wordSet('querytext query statement sql');

/** Attack patterns in what outsiders wrote, command lines, queries, names of files. */
export function contentEvidence(event: AuditEvent, out: EvidenceList): void {
  const { record } = event;
  pipelineEvidence(record, out);
  // An endpoint sensor's record of a name look-up carries a command line, but tells of none.
  const kind = record.text('fdreventtype', 'eventsimplename');
  if (kind !== '' && !/process|script|command|prevent|detect|exec/.test(kind)) return;
  const isProcess = processKeys.some((key) => record.has(key));
  for (const leaf of record.leaves) {
    if (typeof leaf.value !== 'string' || leaf.value.length < 2) continue;
    if (commandKeys.has(leaf.key) && (isProcess || leaf.key !== 'path')) commandEvidence(leaf, out);
    outsiderEvidence(leaf, isProcess, out);
    storedEvidence(leaf, out);
  }
  if (isProcess) processEvidence(record, out);
  if (/^(?:drop|truncate|delete|alter)/.test(record.text('statementtype'))) {
    out.add('content:risky-query', 'data-destroyed', record.text('statementtype'));
  }
  volumeEvidence(record, out);
}

/** Amounts read or handed out by one call, from which it is worth a look. */
const volumes: readonly (readonly [atLeast: number, keys: readonly string[]])[] = [
  [1e9, wordList('totalbilledbytes totalprocessedbytes bytesscanned bytestransferred byteswritten')],
  [5000, wordList('recordsprocessed rowsprocessed rowsreturned rowsproduced numberofrecords recordcount')],
  [10_000, wordList('apitotalcount requestcount downloadcount filecount')],
];

function volumeEvidence(record: AuditRecord, out: EvidenceList): void {
  for (const [atLeast, keys] of volumes) {
    const leaf = record.first(keys);
    if (leaf !== undefined && Number(leaf.value) >= atLeast) {
      out.add('volume:large', 'data-exported', `${leaf.key} ${leaf.text}`);
    }
  }
}

function outsiderEvidence({ key, text }: Leaf, isProcess: boolean, out: EvidenceList): void {
  if (outsideKeys.has(key) && text.length > 5) {
    if (!isProcess && injection.test(text)) out.add('content:injection', 'exploitation', text);
    // Prose speaks of attacks without being one.
    if (key !== 'body' && key !== 'description' && attack.test(text)) {
      out.add('content:attack', 'exploitation', text);
    }
  }
  if (attackIdKeys.has(key) && attack.test(text)) out.add('content:attack', 'exploitation', text);
}

function storedEvidence({ key, text }: Leaf, out: EvidenceList): void {
  if (storedNames.has(key)) {
    if (ransomNote.test(text)) out.add('content:ransom-note', 'data-encrypted', text);
    if (archives.test(text)) out.add('content:sensitive-file', 'data-exported', text);
  }
  if (queryKeys.has(key) && riskyQuery.test(text)) out.add('content:risky-query', 'admin-change', text);
}

function processEvidence(record: AuditRecord, out: EvidenceList): void {
  if (!out.has('alert:is-alert')) out.add('command:is-process');
  const parent = record.text('parentbasefilename', 'parentprocessname', 'parentimage', 'parentname');
  const image = record.text('imagefilename', 'filename', 'processname', 'commandline');
  if (strangeParents.test(parent) && shells.test(image)) {
    out.add('command:strange-parent', 'command-suspicious', parent);
  }
}

function commandEvidence(leaf: Leaf, out: EvidenceList): void {
  const text = leaf.text.slice(0, 512);
  for (const [id, pattern] of commands) if (pattern.test(text)) out.add(id, 'command-suspicious', text);
}

/** Build runs that execute a stranger's change with the repository's own secrets. */
function pipelineEvidence(record: AuditRecord, out: EvidenceList): void {
  if (!record.objects.has('workflowrun')) return;
  if (record.under('workflowrun', 'event')?.text === 'pull_request_target')
    out.add('pipeline:privileged-trigger', 'supply-chain', 'pull_request_target');
  const names = new Set(record.all('fullname').map((leaf) => leaf.text));
  if (names.size > 1 || record.all('fork').some((leaf) => leaf.value === true))
    out.add('pipeline:foreign-code', 'supply-chain', [...names].join(' → '));
}
