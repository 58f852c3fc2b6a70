import { entry } from './entry.ts';

/** Identity providers: Okta event types, OneLogin, Auth0, Duo, JumpCloud, Ping, 1Password, LastPass, Keeper. */
export const identity = [
  entry(
    3,
    'login-anomaly',
    `user.account.report_suspicious_activity_by_enduser security.threat.detected user.risk.detect user.session.context.change
     security.attack.start security.attack.end security.breached_credential.detected policy.entity_risk.evaluate
     user.authentication.universal_logout policy.auth_reevaluate.fail analytics.feature.reports.suspicious
     user.session.impersonation.initiate user.session.impersonation.grant user.session.impersonation.extend
     user.authentication.auth_via_AD_agent_suspicious security.request.blocked security.threat.configuration.update
     suspicious_login high_risk_login unrecognized_device anomalous_login
     user.authentication.auth_unconfigured_identifier device.signals.status.timeout
     limit_wc limit_sul limit_mu pwd_leak signup_pwd_leak reset_pwd_leak mfar pla
     user_marked_fraud fraud_reported marked_fraud u2f_clone credential_breach_detected`,
  ),
  entry(
    3,
    'mfa-weakened',
    `user.mfa.factor.deactivate user.mfa.factor.reset_all user.mfa.factor.suspend system.mfa.factor.deactivate user.mfa.attempt_bypass
     user.mfa.okta_verify_fallback system.mfa.preregister.initiate bypass_create bypass_view
     bypass_delete user_bypass_enabled hardtoken_delete delete_u2f_token delete_webauthn_credential
     activation_disable mfa_disabled disable_mfa remove_mfa_device gd_unenroll gd_reset_factor otp_device_removed
     otp_device_deregistered security.authenticator.lifecycle.deactivate security.authenticator.lifecycle.update
     policy_update user_mfa_reset totp_disabled u2f_removed mfa_app_removed user.mfa.factor.unenroll`,
  ),
  entry(
    1,
    'mfa-weakened',
    `user.mfa.factor.activate user.mfa.factor.update security.authenticator.lifecycle.activate
     device.enrollment.create`,
  ),
  entry(
    2,
    'mfa-abuse',
    `gd_auth_rejected gd_send_pn mfa_push_denied fraud user.mfa.okta_verify.deny_push gd_otp_rate_limit_exceed
     gd_recovery_failed push_fatigue mfa_fatigue authentication.mfa.push_rejected`,
  ),
  entry(
    3,
    'privilege-granted',
    `user.account.privilege.grant group.privilege.grant iam.resourceset.bindings.add iam.role.create iam.role.permissions.add
     app.oauth2.client.privilege.grant admin_create admin_update administrator_create user_assigned_role privilege_assigned
     admin.role.assigned group.account_admin_assignment admin_role_change iam.resourceset.create iam.resourceset.resources.add
     user_made_admin assigned_admin role_assigned privilege_granted_to_user user.account.privilege.update app.oauth2.client_id_rate_limit_warning
     grp_owner_added grant_role promote_user elevate`,
  ),
  entry(
    1,
    'privilege-granted',
    `user.account.privilege.revoke group.privilege.revoke group.user_membership.add_admin`,
  ),
  entry(
    3,
    'credential-added',
    `system.api_token.create system.api_token.enable app.oauth2.client.lifecycle.create app.oauth2.credentials.lifecycle.create
     app.oauth2.client.credentials.create integration_skey_view integration_skey_bulk_view app.oauth2.signon.token_reuse
     api_credential_created create_api_credential app.oauth2.as.token_grant_reuse
     security.events.provider.create system.agent.ad.create api_token_created secret_rotated client_secret_rotated
     app.oauth2.as.key.rollover signing_key_rotated app.oauth2.token.detect_reuse service_account_token_created
     privileged.credential.view app.user_management.push_password view_application_secret`,
  ),
  entry(1, 'credential-added', `system.api_token.revoke system.api_token.update`),
  entry(
    3,
    'federation-changed',
    `system.idp.lifecycle.create system.idp.lifecycle.update system.idp.lifecycle.activate system.idp.lifecycle.delete
     system.idp.lifecycle.deactivate system.org.lifecycle.create application.integration.authentication_failure_suspicious
     system.idp.key.create org2org application.lifecycle.create_org2org connection.create connection.update saml_connector_created
     sso_update sso_self_service directory_update directory_create system.agent.ad.connect system.directory.ad_agent.reset
     trusted_idp_created trusted_idp_modified trusted_idp_enabled trusted_idp_removed trusted_idp_destroyed
     authenticationsourceupdated system.idp.lifecycle.read_client_secret`,
  ),
  entry(
    3,
    'safeguard-weakened',
    `policy.lifecycle.deactivate policy.lifecycle.delete policy.rule.deactivate policy.rule.delete zone.deactivate zone.delete
     zone.remove_blacklist application.policy.sign_on.deny_access application.policy.sign_on.rule.delete application.policy.sign_on.update
     application.policy.sign_on.rule.create system.org.captcha.deactivate network_zone.rule.disabled system.email.challenge_factor.disable
     system.feature.disable security.trusted_origin.create security.trusted_origin.update security.behavior.settings.delete
     security.behavior.settings.update policy.lifecycle.update policy.rule.update zone.update system.rate_limit.configuration.update
     passwordless_policy attack_protection_disabled user_security_policy_removed policy_removed policy_deleted`,
  ),
  entry(1, 'safeguard-weakened', `policy.lifecycle.create policy.rule.add zone.create`),
  entry(
    2,
    'login-anomaly',
    `app.generic.unauth_app_access_attempt user.authentication.auth_via_social user.session.expire_suspicious
     user.session.access_admin_app system.client.concurrency_rate_limit.violation system.org.rate_limit.violation
     core.concurrency.org.limit.violation`,
  ),
  entry(
    2,
    'login-failed',
    `user.account.lock user_locked user_suspended account_locked user.account.lock.limit user.authentication.lockout
     core.user_auth.account_locked user_lockout fcpr`,
  ),
  entry(
    2,
    'impersonation',
    `user.session.impersonation.initiate user_assumed_another_user assumed_user user_impersonation login_as masquerade
     delegated_login`,
  ),
  entry(
    2,
    'password-changed',
    `user.account.reset_password user.account.update_password user.account.unlock user.account.expire_password
     user_changed_password password_reset user_password_updated core.user.config.password_update.success scp scpr`,
  ),
  entry(
    2,
    'account-added',
    `user.lifecycle.create user.lifecycle.reactivate user.lifecycle.activate user.lifecycle.unsuspend user_create user_created
     user.account.use_token`,
  ),
  entry(
    1,
    'account-removed',
    `user.lifecycle.delete.initiated user.lifecycle.deactivate user.lifecycle.suspend
     user.lifecycle.delete.completed user_delete`,
  ),
  entry(
    2,
    'integration-added',
    `application.lifecycle.create application.lifecycle.update application.lifecycle.delete application.lifecycle.deactivate
     integration_create integration_update integration_delete app.oauth2.as.consent.grant application.user_membership.add_admin
     event_hook.created event_hook.updated inline_hook.created event_hook.activated inline_hook.activated event_hook.deleted`,
  ),
  entry(
    2,
    'logging-impaired',
    `system.log_stream.lifecycle.deactivate system.log_stream.lifecycle.delete system.log_stream.lifecycle.update log_stream.delete
     log_stream.deactivated logstream_removed event_broadcaster_deleted`,
  ),
  entry(
    1,
    'discovery',
    `bulk_user_export user_export report_download system.csv.export analytics.reports.export.download
     core.export`,
  ),
  entry(
    -2,
    'admin-change',
    `user.session.end user.authentication.sso user.authentication.verify policy.evaluate_sign_on app.oauth2.as.token.grant.access_token
     user.session.start user.authentication.auth_via_mfa user.mfa.okta_verify app.oauth2.as.authorize application.user_membership.add
     group.user_membership.add user.account.update_profile  admin_login user_activated
     application.integration.rate_limit_exceeded user.mfa.factor.activate.own group.user_membership.remove application.user_membership.change_username`,
  ),
  entry(
    2,
    'safeguard-weakened',
    `trusted_endpoints_disabled group_bypass_enabled customer_update admin_sso_disabled settings_update`,
  ),
  entry(1, 'mfa-weakened', `phone_delete delete_phone phone_disassociate`),
  entry(2, 'privilege-granted', `workflows.user.delegatedflow.run`),
  entry(
    -1,
    'admin-change',
    `azure_directory_sync_finish directory_sync_finish activation_create_link user_enroll
     user.lifecycle.password_mass_expiry user.credential.enroll system.agent.ad.read_schema`,
  ),
];
