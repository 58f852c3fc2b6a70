import type { JsonObject } from '../json.ts';

/** Kerberos errors that belong to a normal exchange: the client tries again with more. */
const kerberosAsksForMore = new Set([
  'KDC_ERR_PREAUTH_REQUIRED',
  'KRB_ERR_RESPONSE_TOO_BIG',
  'KRB_AP_ERR_SKEW',
  'KDC_ERR_ETYPE_NOSUPP',
]);

/** Whether a Zeek record tells of a login that went through (true) or failed (false); undefined: neither. */
export function zeekLogin(path: string, record: JsonObject): boolean | undefined {
  switch (path) {
    case 'ssh':
      return booleanOf(record['auth_success']);
    case 'ntlm':
      return booleanOf(record['success']);
    case 'rfb':
      return record['authentication_method'] === 'None' ? undefined : booleanOf(record['auth']);
    case 'mysql':
      return record['cmd'] === 'login' ? booleanOf(record['success']) : undefined;
    case 'radius':
      return outcomeOf(record['result']);
    case 'ftp':
      return ftpLogin(record);
    case 'kerberos':
      return kerberosLogin(record);
    default:
      return undefined;
  }
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function outcomeOf(value: unknown): boolean | undefined {
  if (value === 'success') return true;
  return value === 'failed' ? false : undefined;
}

function ftpLogin(record: JsonObject): boolean | undefined {
  if (record['reply_code'] === 530) return false;
  return record['reply_code'] === 230 ? true : undefined;
}

/** Only the request for a first ticket (AS) shows a password; later requests (TGS) carry that ticket. */
function kerberosLogin(record: JsonObject): boolean | undefined {
  if (record['request_type'] !== 'AS') return undefined;
  const success = booleanOf(record['success']);
  const error = record['error_msg'];
  return success === false && typeof error === 'string' && kerberosAsksForMore.has(error)
    ? undefined
    : success;
}
