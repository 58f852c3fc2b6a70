import type { EventContext } from '../contracts/security-event.ts';
import type { Json } from '../json.ts';

type Logsource = NonNullable<EventContext['logsource']>;

/** Sigma's name of each log, by the log's own name in lower case. */
const services: ReadonlyMap<string, string> = new Map([
  ['application', 'application'],
  ['security', 'security'],
  ['system', 'system'],
  ['microsoft-windows-sysmon/operational', 'sysmon'],
  ['linux-sysmon/operational', 'sysmon'],
  ['microsoft-windows-ntlm/operational', 'ntlm'],
  ['microsoft-windows-powershell/operational', 'powershell'],
  ['powershellcore/operational', 'powershell'],
  ['windows powershell', 'powershell-classic'],
  ['microsoft-windows-taskscheduler/operational', 'taskscheduler'],
  ['microsoft-windows-wmi-activity/operational', 'wmi'],
  ['microsoft-windows-dhcp-server/operational', 'dhcp'],
  ['microsoft-windows-printservice/admin', 'printservice-admin'],
  ['microsoft-windows-printservice/operational', 'printservice-operational'],
  ['microsoft-windows-smbclient/security', 'smbclient-security'],
  ['microsoft-windows-smbclient/connectivity', 'smbclient-connectivity'],
  [
    'microsoft-windows-terminalservices-localsessionmanager/operational',
    'terminalservices-localsessionmanager',
  ],
  ['microsoft-windows-codeintegrity/operational', 'codeintegrity-operational'],
  ['microsoft-windows-applocker/msi and script', 'applocker'],
  ['microsoft-windows-applocker/exe and dll', 'applocker'],
  ['microsoft-windows-applocker/packaged app-deployment', 'applocker'],
  ['microsoft-windows-applocker/packaged app-execution', 'applocker'],
  ['msexchange management', 'msexchange-management'],
  ['microsoft-windows-windows defender/operational', 'windefend'],
  ['microsoft-windows-windows firewall with advanced security/firewall', 'firewall-as'],
  ['microsoft-windows-bits-client/operational', 'bits-client'],
  ['microsoft-windows-security-mitigations/kernel mode', 'security-mitigations'],
  ['microsoft-windows-security-mitigations/user mode', 'security-mitigations'],
  ['microsoft-windows-diagnosis-scripted/operational', 'diagnosis-scripted'],
  ['microsoft-windows-shell-core/operational', 'shell-core'],
  ['openssh/operational', 'openssh'],
  ['microsoft-windows-ldap-client/debug', 'ldap'],
  ['microsoft-windows-bitlocker/bitlocker management', 'bitlocker'],
  ['microsoft-windows-vhdmp/operational', 'vhdmp'],
  ['microsoft-windows-appxdeploymentserver/operational', 'appxdeployment-server'],
  ['microsoft-windows-lsa/operational', 'lsa-server'],
  ['microsoft-windows-appxpackaging/operational', 'appxpackaging-om'],
  ['microsoft-windows-dns client events/operational', 'dns-client'],
  ['microsoft-windows-appmodel-runtime/admin', 'appmodel-runtime'],
  ['microsoft-windows-capi2/operational', 'capi2'],
  [
    'microsoft-windows-certificateservicesclient-lifecycle-system/operational',
    'certificateservicesclient-lifecycle-system',
  ],
  ['microsoft-windows-kernel-shimengine/operational', 'kernel-shimengine'],
  ['microsoft-windows-kernel-shimengine/diagnostic', 'kernel-shimengine'],
  ['microsoft-windows-application-experience/program-telemetry', 'application-experience'],
  ['microsoft-windows-application-experience/program-compatibility-assistant', 'application-experience'],
  ['microsoft-windows-ntfs/operational', 'ntfs'],
  ['microsoft-windows-hyper-v-worker', 'hyper-v-worker'],
  ['microsoft-windows-kernel-eventtracing', 'kernel-event-tracing'],
  ['microsoft-windows-sense/operational', 'sense'],
  ['microsoft-servicebus-client/admin', 'servicebus-client'],
  ['microsoft-servicebus-client/operational', 'servicebus-client'],
  ['microsoft-iis-configuration/operational', 'iis-configuration'],
]);

/** Sigma's categories by service and event id. */
const categories: ReadonlyMap<string, readonly string[]> = new Map([
  ['sysmon:1', ['process_creation']],
  ['sysmon:2', ['file_change']],
  ['sysmon:3', ['network_connection']],
  ['sysmon:4', ['sysmon_status']],
  ['sysmon:5', ['process_termination']],
  ['sysmon:6', ['driver_load']],
  ['sysmon:7', ['image_load']],
  ['sysmon:8', ['create_remote_thread']],
  ['sysmon:9', ['raw_access_thread']],
  ['sysmon:10', ['process_access']],
  ['sysmon:11', ['file_event']],
  ['sysmon:12', ['registry_event']],
  ['sysmon:13', ['registry_event', 'registry_set']],
  ['sysmon:14', ['registry_event', 'registry_rename']],
  ['sysmon:15', ['create_stream_hash']],
  ['sysmon:16', ['sysmon_status']],
  ['sysmon:17', ['pipe_created']],
  ['sysmon:18', ['pipe_created']],
  ['sysmon:19', ['wmi_event']],
  ['sysmon:20', ['wmi_event']],
  ['sysmon:21', ['wmi_event']],
  ['sysmon:22', ['dns_query']],
  ['sysmon:23', ['file_delete']],
  ['sysmon:24', ['clipboard_change']],
  ['sysmon:25', ['process_tampering']],
  ['sysmon:26', ['file_delete_detected']],
  ['sysmon:27', ['file_block_executable']],
  ['sysmon:28', ['file_block_shredding']],
  ['sysmon:29', ['file_executable_detected']],
  ['sysmon:255', ['sysmon_error']],
  ['security:4688', ['process_creation']],
  ['powershell:4103', ['ps_module']],
  ['powershell:4104', ['ps_script']],
  ['powershell-classic:400', ['ps_classic_start']],
  ['powershell-classic:600', ['ps_classic_provider_start']],
  ['powershell-classic:800', ['ps_classic_script']],
]);

/**
 * Which Sigma rules a Windows event is for. Registry keys that Sysmon saw added or deleted are told apart by
 * `EventType`; where a collector has overwritten that field, only `registry_event` is left.
 */
export function windowsLogsource(channel: string, eventId: number, eventType: Json | undefined): Logsource {
  const log = channel.toLowerCase();
  const product = log.startsWith('linux-') ? 'linux' : 'windows';
  const service = services.get(log);
  if (service === undefined) return { product };
  const category = categoriesOf(service, eventId, eventType);
  return category === undefined
    ? { product, service: [service] }
    : { product, category: [...category], service: [service] };
}

function categoriesOf(
  service: string,
  eventId: number,
  eventType: Json | undefined,
): readonly string[] | undefined {
  if (service === 'sysmon' && eventId === 12 && typeof eventType === 'string') {
    if (eventType === 'CreateKey') return ['registry_add', 'registry_event'];
    if (eventType.startsWith('Delete')) return ['registry_delete', 'registry_event'];
  }
  return categories.get(`${service}:${eventId}`);
}
