import { auditd } from './auditd.ts';
import { cloudtrail } from './cloudtrail.ts';
import { falco } from './falco.ts';
import type { SensorFormat } from './format.ts';
import { genericJson } from './generic-json.ts';
import { journald } from './journald.ts';
import { native } from './native.ts';
import { suricata } from './suricata.ts';
import { syslog } from './syslog.ts';
import { textLog } from './text-log.ts';
import { wazuh } from './wazuh.ts';
import { webAccess } from './web-access.ts';
import { windows } from './windows.ts';
import { zeek } from './zeek.ts';

/** Every format, in the order in which they are asked: the sure ones first, the generic one last. */
export const formats: readonly SensorFormat[] = [
  native,
  suricata,
  zeek,
  windows,
  cloudtrail,
  falco,
  wazuh,
  journald,
  auditd,
  webAccess,
  syslog,
  textLog,
  genericJson,
];

/** The format of this id, as `--format` and `Origin.format` name it. */
export function formatById(id: string, among: readonly SensorFormat[] = formats): SensorFormat | undefined {
  return among.find((format) => format.id === id);
}
