import { counterMeasuresOf, mitigationsOf, parentOf, tacticsOf, techniqueName } from '../attack/attack.ts';

const MAX_ADVICE = 12;
const MAX_CHARS = 480;

/** What to do about a technique, by its id or its parent's; where it fits none, its tactic decides. */
const byTechnique: Readonly<Record<string, string>> = {
  T1003:
    'Reset the passwords of every account that was logged on to the machine, administrators first; twice for krbtgt if a domain controller was read.',
  T1021: 'Close remote administration between workstations and see which accounts were used from the source.',
  T1027: 'Keep the obfuscated sample, decode it away from production and look for the same file elsewhere.',
  T1041:
    'Find out how much data left and which, block the destination at the edge and keep the flow records.',
  T1046: 'See which of the scanned services answered, and close those that need not be reachable.',
  T1047: 'See what was started through WMI on the target, and restrict remote WMI to management hosts.',
  T1048:
    'Find out how much data left and over which protocol, and allow that protocol out only where it is needed.',
  T1053: 'Remove the scheduled task or cron entry, after keeping a copy of what it runs.',
  T1055: 'Isolate the machine, take a memory image before it is restarted, then rebuild it.',
  T1059: 'Keep the script or command line and what started it, and end the process tree it belongs to.',
  T1068: 'Patch the flaw that was used and treat the machine as wholly taken over until it is rebuilt.',
  T1070: 'Take logs from the central copy, not from the machine: what was there has been tampered with.',
  T1071: 'Block the destination, and look for other machines that talk to it.',
  T1078:
    'Confirm with the owner of the account, end its sessions, change its credentials and review what it did since.',
  T1090: 'Find what the proxy or tunnel gave access to, and close it on the machine and at the edge.',
  T1098: 'Undo the change to the account or role, and review who else holds the same rights.',
  T1105:
    'Take the downloaded file into analysis, block where it came from and look for it by hash elsewhere.',
  T1110:
    'See whether any of the guesses succeeded, change passwords where one did, and ask for a second factor.',
  T1112: 'Restore the registry values that were changed, and look for the same change on other machines.',
  T1136: 'Disable the new account and see what was done with it.',
  T1190: 'Patch or shield the application, look for webshells and new processes under its account.',
  T1204: 'Ask the user what was opened and where from, and remove the same message from other mailboxes.',
  T1218: 'See what the system binary was made to load, and block that binary for users who do not need it.',
  T1485:
    'Disconnect the machine, stop replication of the damage and check that the backups are out of reach.',
  T1486:
    'Disconnect affected machines and shares at once, protect the backups, and keep one encrypted machine for analysis.',
  T1490:
    'Check that backups and snapshots are out of the attacker\u2019s reach: encryption usually follows within hours.',
  T1496: 'End the miner, and find the way in that it came by.',
  T1505:
    'Take the webshell or module off the server after keeping a copy, and read its access log for every use.',
  T1530: 'See which objects were read, close public access and rotate what was stored in them.',
  T1537: 'Undo the sharing or transfer to the other account, and see what has been copied.',
  T1543: 'Remove the service after keeping its binary, and look for the same service on other machines.',
  T1547: 'Remove the autostart entry after keeping what it starts.',
  T1548: 'See what was run with the higher rights, and take away the way they were got.',
  T1552: 'Rotate every credential that was within reach of what was read.',
  T1555: 'Rotate every credential the store held.',
  T1558: 'Change the passwords of the service accounts asked for; use long random or managed ones.',
  T1562:
    'Switch the protection on again from the central console, and treat what happened meanwhile as unseen.',
  T1566: 'Remove the message from all mailboxes and see who opened it.',
  T1567: 'Find out what was uploaded, ask the service to take it down, and block it where it is not needed.',
  T1569: 'See which service was started from where, and with whose account.',
  T1570: 'Look for the copied file on other machines, and at the account that copied it.',
  T1595: 'Check what the probed addresses offer, and that nothing answers which need not.',
};

const byTactic: Readonly<Record<string, string>> = {
  TA0043: 'See what the probes could learn, and take away what need not be public.',
  TA0042: 'Watch for use of what the attacker has prepared against you.',
  TA0001: 'Close the way in, and see what was done through it since the first sign.',
  TA0002: 'Keep what was run and what started it, and end it.',
  TA0003: 'Remove what was left to come back by, and look for a second one.',
  TA0004: 'See what was done with the higher rights, and close the way they were got.',
  TA0005: 'Look at the same machine through a source the attacker does not control.',
  TA0112: 'Switch the protection on again, and treat what happened meanwhile as unseen.',
  TA0006: 'Change the credentials within reach, administrators first.',
  TA0007: 'Watch the machines and accounts that were looked up: they are probably next.',
  TA0008: 'Cut the connection between the two machines, and look at both.',
  TA0009: 'Find out which data was gathered, and where it lies now.',
  TA0011: 'Block the channel, and look for other machines that use it.',
  TA0010: 'Find out how much left and which, and keep the evidence for whoever must be told.',
  TA0040: 'Limit the damage first: disconnect, protect backups, then investigate.',
};

/**
 * What to do, in the order of urgency: a sentence of ours for each technique (the later tactics first), with the names
 * of ATT&CK's mitigations and D3FEND's counter-measures, so that a person can look further.
 */
export function recommendationsFor(techniques: readonly string[], isThreat: boolean): string[] {
  if (!isThreat)
    return ['The rules alone call for no action. Keep the events, and look again if more is found.'];
  const advice = new Map<string, string[]>();
  for (const technique of latestFirst(techniques)) {
    const parent = parentOf(technique) ?? technique;
    const tactic = tacticsOf(technique).at(-1)?.id ?? '';
    const text = byTechnique[parent] ?? byTactic[tactic];
    if (text === undefined) continue;
    const known = advice.get(text);
    if (known === undefined) advice.set(text, [technique]);
    else known.push(technique);
  }
  return [...advice]
    .slice(0, MAX_ADVICE)
    .map(([text, about]) => `${text} ${furtherReading(about)}`.slice(0, MAX_CHARS).trim());
}

function furtherReading(techniques: readonly string[]): string {
  const first = techniques[0] ?? '';
  const mitigations = mitigationsOf(first)
    .slice(0, 3)
    .map(({ id, name }) => `${name} ${id}`);
  const defences = counterMeasuresOf(first)
    .slice(0, 3)
    .map(({ id }) => id);
  const parts = [
    techniques
      .slice(0, 4)
      .map((id) => `${id} ${techniqueName(id) ?? ''}`.trim())
      .join('; '),
    ...(mitigations.length > 0 ? [`mitigations: ${mitigations.join(', ')}`] : []),
    ...(defences.length > 0 ? [`D3FEND: ${defences.join(', ')}`] : []),
  ];
  return `(${parts.join('; ')})`;
}

function latestFirst(techniques: readonly string[]): string[] {
  const order = (id: string): number => tacticsOf(id).at(-1)?.order ?? -1;
  return [...new Set(techniques)].sort((a, b) => order(b) - order(a) || (a < b ? -1 : 1));
}
