/**
 * What happened, in the product's own words: the values of `event_type` that normalisers write. A sensor's
 * record that fits none keeps the sensor's own name, in snake case.
 */
export const eventTypes = {
  loginFailed: 'login_failed',
  loginSucceeded: 'login_succeeded',
  sessionOpened: 'session_opened',
  sessionClosed: 'session_closed',
  privilegeUsed: 'privilege_used',
  accountChanged: 'account_changed',
  processStarted: 'process_started',
  processEnded: 'process_ended',
  processAccessed: 'process_accessed',
  imageLoaded: 'image_loaded',
  driverLoaded: 'driver_loaded',
  fileCreated: 'file_created',
  fileChanged: 'file_changed',
  fileDeleted: 'file_deleted',
  registryChanged: 'registry_changed',
  pipeOpened: 'pipe_opened',
  serviceInstalled: 'service_installed',
  scriptRun: 'script_run',
  networkFlow: 'network_flow',
  dnsQuery: 'dns_query',
  httpRequest: 'http_request',
  tlsHandshake: 'tls_handshake',
  sshHandshake: 'ssh_handshake',
  idsAlert: 'ids_alert',
  protocolAnomaly: 'protocol_anomaly',
  apiCalled: 'api_called',
  ruleAlert: 'rule_alert',
  logCleared: 'log_cleared',
} as const;
