/**
 * Products that write a code instead of a name: OneLogin's `event_type_id`
 * (https://developers.onelogin.com/api-docs/1/events/event-resource) and Auth0's log types
 * (https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes), put into words the lexicon reads.
 */
const onelogin = `3 user assumed_user;4 assign role;5 login;6 login failed;7 logout;8 app login;10 request password;11 change password;
12 user unlock;13 create user;14 update user profile;15 user deactivate;16 user activated;17 delete user;18 approve password reset;19 user_locked;
21 user_suspended;22 user enroll otp;23 bulk operation;24 otp_device_deregistered;27 download certificate;32 user reactivated;35 user_locked;36 user lost otp device;
70 grant privilege account;71 revoke privilege;72 privilege_granted_to_user;73 revoke privilege;74 trusted_idp_created;75 trusted_idp_removed;
76 trusted_idp_modified;85 login failed;86 login failed;87 viewed secure note;110 update user password;112 change default trusted idp;123 login failed;
127 disable directory connector;131 directory export;141 login failed;151 grant role management;152 revoke role management;154 login failed;156 policy create;
157 policy update;158 policy delete;161 create radius configuration;163 delete radius configuration;164 enable vpn;166 disable vpn;
170 create authentication factor;171 update authentication factor;172 delete authentication factor;173 update security questions;174 update desktop sso;175 enable sso;176 disable sso;
177 certificate create;178 delete certificate;179 api_credential_created;180 delete api credential;181 enable api credential;182 disable api credential;
183 enable vldap;184 disable vldap;197 update account settings;198 create directory;199 destroy directory;508 app rule;532 user_locked;533 user unlock;
551 user_suspended;552 user reactivated;553 user_locked`;
const auth0 = `s login;ss signup;slo logout;seacft login;f login failed;fp login failed wrong password;fu login failed unknown user;fc login failed;fco login failed;
fcoa login failed;fs signup failed;fcp password change failed;scp password changed;scpr password reset request;du delete user;sdu delete user;
limit_wc account blocked brute force attack;limit_sul account blocked brute force attack;limit_mu address blocked attack;limit_ui too many calls;api_limit rate limit;
pwd_leak leaked password breach attack;signup_pwd_leak leaked password breach attack;reset_pwd_leak leaked password breach attack;pla risk assessment;
gd_auth_rejected mfa rejected;gd_auth_failed mfa failed;gd_unenroll unenroll mfa factor removed;gd_send_pn push_fatigue;gd_enrollment_complete mfa enrolled;gd_otp_rate_limit_exceed mfa brute force attack;
gd_recovery_failed mfa recovery failed;gd_recovery_succeed mfa recovery login;mfar mfa required;ublkdu unblock user;w login warning;fapi failed api operation;
sertft token exchange;ferrt refresh token reuse attack;limit_delegation rate limit;srrt revoke refresh token;admin_update_launch update;depnote notice`;

function table(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(';').map((item) => {
      const line = item.trim();
      const blank = line.indexOf(' ');
      return [line.slice(0, blank), line.slice(blank + 1)];
    }),
  );
}

/** Code of a OneLogin event type → words. */
export const oneloginCodes = table(onelogin);
/** Code of an Auth0 log type → words. */
export const auth0Codes = table(auth0);
