import { wordSet } from './word-set.ts';

/** Values that say a setting is off. */
export const offWords =
  /^(?:off|false|disabled?|disallowed|none|no|0|inactive|suspended|deactivated|not[_ ]?enforced|optional|unrestricted|allow_?all|never|removed|bypass(?:ed)?|unprotected|\[\]|expired)$/;
/** Values that say a setting is on. */
export const onWords =
  /^(?:on|true|enabled?|enforced|required|yes|1|active|activated|all|all_apps|mandatory|protected|strict)$/;
/** Addresses that mean any address. */
export const anywhere = /^(?:0\.0\.0\.0\/0|::\/0|0\.0\.0\.0|any|internet|\*)$/;
/** Objects that describe who acted, not what was changed. */
export const actorParents = wordSet(
  `actor createdby user useridentity sessionissuer authenticationinfo attributes identity claims
  initiatedby performedby`,
);
/** Members that hold the value before a change. */
export const oldKeys = wordSet('oldvalue oldvalues old before from previousvalue oldstate previous');
