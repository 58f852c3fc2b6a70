import type { Case } from './case.ts';

/** What a tool tells about who uses it. */
export type ToolKind =
  /** Finds and tries: anybody runs it against the whole Internet. */
  | 'scanner'
  /** Made to attack from within. */
  | 'offensive'
  /** A framework that keeps hold of machines. */
  | 'command-and-control'
  /** Comes with the system, or administrators bring it; attackers use what is there. */
  | 'dual-use'
  /** Keeps access open by a product's own means. */
  | 'remote-access';

export interface Tool {
  readonly name: string;
  readonly kind: ToolKind;
  /** Events that show it, oldest first. */
  readonly eventIds: readonly string[];
}

/**
 * Words by which tools show in command lines, images, user agents and rule titles. A word is a run of letters,
 * digits, `_` and `-`, lower case. Names are facts; most are in ATT&CK's software list. Tools whose name is an everyday
 * word or a first name (Empire, Certify, John) are left out: a profile had better miss one than invent one.
 */
const toolWords: Readonly<Record<ToolKind, Readonly<Record<string, string>>>> = {
  scanner: {
    nmap: 'Nmap',
    masscan: 'masscan',
    zmap: 'ZMap',
    zgrab: 'ZGrab',
    nikto: 'Nikto',
    sqlmap: 'sqlmap',
    nuclei: 'Nuclei',
    gobuster: 'Gobuster',
    dirbuster: 'DirBuster',
    dirb: 'DIRB',
    ffuf: 'ffuf',
    feroxbuster: 'feroxbuster',
    wfuzz: 'Wfuzz',
    wpscan: 'WPScan',
    hydra: 'Hydra',
    medusa: 'Medusa',
    ncrack: 'Ncrack',
    patator: 'Patator',
    crowbar: 'Crowbar',
    acunetix: 'Acunetix',
    nessus: 'Nessus',
    openvas: 'OpenVAS',
    burpsuite: 'Burp Suite',
    commix: 'Commix',
    xsstrike: 'XSStrike',
    whatweb: 'WhatWeb',
    amass: 'Amass',
  },
  offensive: {
    mimikatz: 'Mimikatz',
    sekurlsa: 'Mimikatz',
    kerberoast: 'Kerberoasting tool',
    lazagne: 'LaZagne',
    rubeus: 'Rubeus',
    certipy: 'Certipy',
    bloodhound: 'BloodHound',
    sharphound: 'SharpHound',
    crackmapexec: 'CrackMapExec',
    netexec: 'NetExec',
    nxc: 'NetExec',
    impacket: 'Impacket',
    secretsdump: 'Impacket secretsdump',
    smbexec: 'Impacket smbexec',
    wmiexec: 'Impacket wmiexec',
    atexec: 'Impacket atexec',
    dcomexec: 'Impacket dcomexec',
    getuserspns: 'Impacket GetUserSPNs',
    inveigh: 'Inveigh',
    powersploit: 'PowerSploit',
    powerview: 'PowerView',
    powerup: 'PowerUp',
    'invoke-mimikatz': 'Mimikatz',
    nanodump: 'nanodump',
    pypykatz: 'pypykatz',
    gsecdump: 'gsecdump',
    pwdump: 'pwdump',
    linpeas: 'LinPEAS',
    winpeas: 'WinPEAS',
    seatbelt: 'Seatbelt',
    chisel: 'Chisel',
    ligolo: 'Ligolo',
    xmrig: 'XMRig',
    evil_winrm: 'Evil-WinRM',
    'evil-winrm': 'Evil-WinRM',
    ntdsutil: 'ntdsutil',
    juicypotato: 'JuicyPotato',
    pacu: 'Pacu',
    printspoofer: 'PrintSpoofer',
    hashcat: 'Hashcat',
    kerbrute: 'Kerbrute',
    adfind: 'AdFind',
  },
  'command-and-control': {
    cobaltstrike: 'Cobalt Strike',
    beacon_x64: 'Cobalt Strike',
    msagent_: 'Cobalt Strike',
    meterpreter: 'Meterpreter',
    metasploit: 'Metasploit',
    msfvenom: 'Metasploit',
    msfconsole: 'Metasploit',
    sliver: 'Sliver',
    brc4: 'Brute Ratel C4',
    koadic: 'Koadic',
    pupy: 'Pupy',
    quasarrat: 'QuasarRAT',
    asyncrat: 'AsyncRAT',
    njrat: 'njRAT',
    remcos: 'Remcos',
    nanocore: 'NanoCore',
  },
  'remote-access': {
    anydesk: 'AnyDesk',
    teamviewer: 'TeamViewer',
    screenconnect: 'ScreenConnect',
    connectwise: 'ConnectWise',
    atera: 'Atera',
    splashtop: 'Splashtop',
    rustdesk: 'RustDesk',
    ngrok: 'ngrok',
    cloudflared: 'cloudflared',
    meshagent: 'MeshCentral',
    ultravnc: 'UltraVNC',
  },
  'dual-use': {
    psexec: 'PsExec',
    psexec64: 'PsExec',
    psexesvc: 'PsExec',
    paexec: 'PAExec',
    procdump: 'ProcDump',
    procdump64: 'ProcDump',
    wmic: 'WMIC',
    certutil: 'certutil',
    bitsadmin: 'BITSAdmin',
    mshta: 'mshta',
    regsvr32: 'regsvr32',
    rundll32: 'rundll32',
    cscript: 'Windows Script Host',
    wscript: 'Windows Script Host',
    installutil: 'InstallUtil',
    msbuild: 'MSBuild',
    regasm: 'RegAsm',
    cmstp: 'CMSTP',
    odbcconf: 'odbcconf',
    msiexec: 'msiexec',
    schtasks: 'schtasks',
    vssadmin: 'vssadmin',
    wbadmin: 'wbadmin',
    bcdedit: 'bcdedit',
    wevtutil: 'wevtutil',
    nltest: 'Nltest',
    dsquery: 'dsquery',
    net1: 'Net',
    powershell: 'PowerShell',
    pwsh: 'PowerShell',
    ncat: 'Ncat',
    netcat: 'Netcat',
    socat: 'socat',
    plink: 'Plink',
    rclone: 'Rclone',
    megasync: 'MEGAsync',
    winscp: 'WinSCP',
    curl: 'curl',
    wget: 'Wget',
    tcpdump: 'tcpdump',
    stratus: 'Stratus Red Team',
    boto3: 'Boto3',
  },
};
const byWord: ReadonlyMap<string, { readonly name: string; readonly kind: ToolKind }> = new Map(
  toolKinds().flatMap((kind) =>
    Object.entries(toolWords[kind]).map(([word, name]) => [word, { name, kind }] as const),
  ),
);

function toolKinds(): readonly ToolKind[] {
  return ['scanner', 'offensive', 'command-and-control', 'remote-access', 'dual-use'];
}

const MAX_TOOLS = 20;

/** Tools that the case names, in order of appearance. A name is only a name: an attacker may write any. */
export function toolsIn(subject: Case): readonly Tool[] {
  const found = new Map<string, { kind: ToolKind; eventIds: Set<string> }>();
  for (const { eventId, fields, findings } of subject.entries) {
    for (const word of wordsOf([
      ...fields.map(({ value }) => value),
      ...findings.map(({ title }) => title),
    ])) {
      const tool = byWord.get(word);
      if (tool === undefined || (found.size >= MAX_TOOLS && !found.has(tool.name))) continue;
      const known = found.get(tool.name);
      if (known === undefined) found.set(tool.name, { kind: tool.kind, eventIds: new Set([eventId]) });
      else known.eventIds.add(eventId);
    }
  }
  return [...found].map(([name, { kind, eventIds }]) => ({ name, kind, eventIds: [...eventIds] }));
}

function wordsOf(values: readonly (string | number | boolean)[]): Set<string> {
  const words = new Set<string>();
  for (const value of values) {
    if (typeof value !== 'string') continue;
    for (const [word] of value.toLowerCase().matchAll(/[a-z0-9_-]{3,40}/g)) {
      words.add(word);
      // `invoke-mimikatz.ps1` is told by its parts as well.
      if (word.includes('-')) for (const part of word.split('-')) words.add(part);
    }
  }
  return words;
}
