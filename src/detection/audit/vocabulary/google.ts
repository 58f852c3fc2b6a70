import { entry } from './entry.ts';

/** Google Cloud method names (https://cloud.google.com/logging/docs/audit/services) and Workspace activity names. */
export const google = [
  entry(
    3,
    'logging-impaired',
    `DeleteSink UpdateSink google.logging.v2.ConfigServiceV2.DeleteSink google.logging.v2.ConfigServiceV2.UpdateSink
     DeleteBucket google.logging.v2.ConfigServiceV2.DeleteBucket google.logging.v2.ConfigServiceV2.UpdateBucket DeleteExclusion
     CreateExclusion UpdateExclusion DeleteLog DeleteLogMetric UpdateLogMetric MetricsServiceV2.DeleteLogMetric logging.sinks.delete
     logging.sinks.update logging.buckets.delete logging.exclusions.create logging.settings.update UpdateCmekSettings
     TOGGLE_DATA_ACCESS_LOGS SetAuditConfig`,
  ),
  entry(
    2,
    'detection-impaired',
    `DeleteAlertPolicy UpdateAlertPolicy DeleteNotificationChannel UpdateNotificationChannel SetFindingState SetMute BulkMuteFindings
     CreateMuteConfig UpdateMuteConfig UpdateOrganizationSettings DeleteNotificationConfig UpdateSecurityCenterSettings
     securitycenter.findings.setMute SYSTEM_DEFINED_RULE_UPDATED DELETE_ALERT ALERT_CENTER_DELETE DELETE_DLP_RULE DLP_RULE_DELETED
     CHANGE_GMAIL_SETTING CREATE_GMAIL_SETTING DELETE_GMAIL_SETTING UPDATE_RULE DELETE_RULE EMAIL_LOG_SEARCH`,
  ),
  entry(
    3,
    'safeguard-weakened',
    `DeletePolicy UpdatePolicy DeleteServicePerimeter UpdateServicePerimeter DeleteAccessLevel UpdateAccessLevel DeleteAccessPolicy
     DeleteSecurityPolicy PatchSecurityPolicy compute.securityPolicies.delete securityPolicies.delete securityPolicies.patch
     SetOrgPolicy ClearOrgPolicy orgpolicy.policy.set ENFORCE_STRONG_AUTHENTICATION ALLOW_STRONG_AUTHENTICATION
     CHANGE_TWO_STEP_VERIFICATION_ENROLLMENT_PERIOD_DURATION CHANGE_TWO_STEP_VERIFICATION_FREQUENCY
     CHANGE_TWO_STEP_VERIFICATION_GRACE_PERIOD_DURATION CHANGE_TWO_STEP_VERIFICATION_START_DATE
     CHANGE_ALLOWED_TWO_STEP_VERIFICATION_METHODS WEAK_PROGRAMMATIC_LOGIN_SETTINGS_CHANGED ENABLE_NON_ADMIN_USER_PASSWORD_RECOVERY
     CHANGE_SESSION_LENGTH SESSION_CONTROL_SETTINGS_CHANGE CHANGE_PASSWORD_STRENGTH DISABLE_LEGACY_PASSWORD BLOCK_ALL_THIRD_PARTY_API_ACCESS
     UNBLOCK_ALL_THIRD_PARTY_API_ACCESS CHANGE_ACCOUNT_RECOVERY CAA_DISABLE CONTEXT_AWARE_ACCESS_ENABLEMENT CHANGE_RECOVERY
     compute.projects.setCommonInstanceMetadata ALLOW_SERVICE_FOR_OAUTH2_ACCESS TRUST_DOMAIN_OWNED_OAUTH2_APPS ENABLE_LESS_SECURE_APPS`,
  ),
  entry(
    3,
    'mfa-weakened',
    `2sv_disable titanium_unenroll TURN_OFF_2_STEP_VERIFICATION UNENROLL_USER_FROM_STRONG_AUTH REVOKE_SECURITY_KEY
     UNENROLL_USER_FROM_TITANIUM DELETE_2SV_SCRATCH_CODES GENERATE_2SV_SCRATCH_CODES`,
  ),
  entry(
    -2,
    'admin-change',
    `2sv_enroll titanium_enroll login_success login_verification logout passkey_enrolled`,
  ),
  entry(
    3,
    'login-anomaly',
    `suspicious_login suspicious_login_less_secure_app suspicious_programmatic_login gov_attack_warning leaked_password
     account_disabled_password_leak account_disabled_generic account_disabled_spamming account_disabled_spamming_through_relay
     account_disabled_hijacked blocked_sender user_signed_out_due_to_suspicious_session_cookie suspicious_session_cookie
     DEVICE_COMPROMISED_EVENT SUSPICIOUS_ACTIVITY_EVENT FAILED_PASSWORD_ATTEMPTS_EVENT risky_sensitive_action_allowed
     risky_sensitive_action_blocked OS_UPDATED_COMPROMISED suspicious_activity user_reported_phishing user_reported_spam_spike`,
  ),
  entry(1, 'login-anomaly', `login_challenge login_failure risky_action`),
  entry(
    3,
    'privilege-granted',
    `SetIamPolicy google.iam.admin.v1.SetIAMPolicy storage.setIamPermissions setIamPermissions CreateRole UpdateRole
     ASSIGN_ROLE GRANT_ADMIN_PRIVILEGE GRANT_DELEGATED_ADMIN_PRIVILEGES UNDELETE_ROLE ADD_PRIVILEGE UpdateAccessPolicy
     SetOrganizationIamPolicy InsertProjectOwnershipInvite CHANGE_SUPER_ADMIN PatchRole google.iam.admin.v1.CreateRole
     CREATE_ROLE UPDATE_ROLE RENAME_ROLE iam.roles.update iam.roles.create
     AddUserToPrivilegedGroup DeleteRole ADD_GROUP_MEMBER_OWNER compute.instances.setIamPolicy setServiceAccount
     compute.instances.setServiceAccount`,
  ),
  entry(
    3,
    'credential-added',
    `CreateServiceAccountKey google.iam.admin.v1.CreateServiceAccountKey UploadServiceAccountKey CreateHmacKey storage.hmacKeys.create
     CreateApiKey google.api.apikeys.v2.ApiKeys.CreateKey ApiKeys.CreateKey GenerateAccessToken SignBlob SignJwt GenerateIdToken
     ImportSshPublicKey CreateWorkloadIdentityPool CreateWorkloadIdentityPoolProvider AddSshPublicKey
     ACCESS_APP_PASSWORD app_password_created ASP_CREATED iamcredentials.generateAccessToken EnableServiceAccountKey
     UpdateWorkloadIdentityPoolProvider UpdateWorkloadIdentityPool`,
  ),
  entry(
    2,
    'account-added',
    `CreateServiceAccount google.iam.admin.v1.CreateServiceAccount EnableServiceAccount CREATE_USER UNSUSPEND_USER UNDELETE_USER
     UNARCHIVE_USER BULK_UPLOAD CREATE_ACCOUNT`,
  ),
  entry(1, 'account-added', `ADD_GROUP_MEMBER add_user_to_group`),
  entry(
    2,
    'account-removed',
    `DeleteServiceAccount DisableServiceAccount DeleteServiceAccountKey DisableServiceAccountKey DELETE_USER`,
  ),
  entry(
    3,
    'trust-changed',
    `AUTHORIZE_API_CLIENT_ACCESS ADD_DOMAIN ADD_DOMAIN_ALIAS ADD_SECONDARY_DOMAIN ADD_TRUSTED_DOMAINS REMOVE_TRUSTED_DOMAINS
     CHANGE_WHITELIST_SETTING TOGGLE_CAN_ACCESS_EXTERNAL domain_wide_delegation ADD_WHITELISTED_DOMAINS REMOVE_WHITELISTED_DOMAINS
     CHANGE_PRIMARY_DOMAIN DOMAIN_TRANSFER_START AddTrustedDomain SKIP_SECONDARY_DOMAIN_MX TRANSFER_DOMAIN`,
  ),
  entry(
    3,
    'federation-changed',
    `TOGGLE_SSO_ENABLED CHANGE_SSO_SETTINGS SSO_PROFILE_CREATED UPLOAD_CERTIFICATE INBOUND_SSO_PROFILE CREATE_SAML_PROVIDER
     ADD_SAML_IDP UPDATE_SSO_PROFILE DELETE_SSO_PROFILE ASSIGN_SSO_PROFILE SSO_OAUTH CREATE_SAML2_SERVICE_PROVIDER_CONFIG
     UPDATE_SAML2_SERVICE_PROVIDER_CONFIG CreateInboundSamlSsoProfile UpdateInboundSamlSsoProfile`,
  ),
  entry(
    2,
    'integration-added',
    `ADD_APPLICATION REMOVE_APPLICATION ADD_APPLICATION_TO_WHITELIST REMOVE_APPLICATION_FROM_WHITELIST 
     CHANGE_APPLICATION_SETTING CREATE_APPLICATION_SETTING DELETE_APPLICATION_SETTING ALLOW_SERVICE_ACCESS
     TOGGLE_SERVICE_ENABLED ADD_TRUSTED_APP INSTALL_APP`,
  ),
  entry(
    3,
    'mail-forwarding',
    `email_forwarding_out_of_domain email_forwarding_change CREATE_EMAIL_MONITOR ADD_MAIL_ROUTE
     CHANGE_EMAIL_SETTING CREATE_EMAIL_SETTING DELETE_EMAIL_SETTING delegate_added GRANT_MAIL_DELEGATE CHANGE_EMAIL_ROUTE`,
  ),
  entry(
    2,
    'network-opened',
    `compute.firewalls.insert compute.firewalls.patch compute.firewalls.delete compute.firewalls.update firewalls.insert
     firewalls.patch firewalls.delete compute.routes.insert compute.routes.delete compute.networks.insert compute.networks.delete
     compute.networks.addPeering compute.networks.removePeering compute.subnetworks.insert compute.subnetworks.patch
     compute.vpnTunnels.insert compute.vpnTunnels.delete dns.managedZones.delete dns.managedZones.patch dns.changes.create
     compute.instances.updateAccessConfig compute.instances.addAccessConfig cloudsql.instances.update networks.addPeering
     CreateFirewallRule UpdateFirewallRule DeleteFirewallRule AppEngine.UpdateIngress UpdateIngressRule CreateIngressRule
     google.appengine.v1.Firewall.CreateIngressRule google.appengine.v1.Firewall.DeleteIngressRule`,
  ),
  entry(
    3,
    'network-tapped',
    `compute.packetMirrorings.insert compute.packetMirrorings.patch packetMirrorings.insert packetMirrorings.patch
     packetMirrorings.create packetMirrorings.update`,
  ),
  entry(
    2,
    'key-changed',
    `DestroyCryptoKeyVersion DisableCryptoKeyVersion UpdateCryptoKey UpdateCryptoKeyVersion ImportCryptoKeyVersion
     cloudkms.cryptoKeyVersions.destroy CreateImportJob CreateEkmConnection SetCmekSettings CreateCryptoKeyVersion`,
  ),
  entry(
    2,
    'secret-read',
    `AccessSecretVersion google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion
     EnableSecretVersion`,
  ),
  entry(
    2,
    'data-exported',
    `storage.objects.get CUSTOMER_TAKEOUT_CREATED CUSTOMER_TAKEOUT_SUCCEEDED DOWNLOAD_USERLIST_CSV user_data_export
     DATA_EXPORT TAKEOUT_STARTED instances.export cloudsql.instances.export cloudsql.instances.clone CREATE_DATA_TRANSFER_REQUEST
     compute.snapshots.insert compute.disks.createSnapshot compute.images.insert compute.machineImages.insert JobService.ExtractJob
     DownloadExport ALERT_CENTER_EXPORT INVESTIGATION_EXPORT vault_export_created`,
  ),
  entry(
    2,
    'data-destroyed',
    `storage.buckets.delete storage.objects.delete compute.instances.delete compute.disks.delete DeleteProject DeleteCluster
     cloudsql.instances.delete DeleteDatabase DeleteInstance DeleteTopic DeleteSubscription bigquery.tables.delete
     bigquery.datasets.delete DeleteDataset DeleteTable TableDeletion datasetservice.delete tableservice.delete
     DeleteBackup DeleteSecret DELETE_ORG_UNIT compute.snapshots.delete spanner.databases.drop DeleteFunction`,
  ),
  entry(1, 'safeguard-weakened', `storage.buckets.update storage.buckets.patch`),
  entry(
    2,
    'code-executed',
    `compute.instances.setMetadata compute.instances.insert.startupScript CreateFunction UpdateFunction CloudFunctionsService.UpdateFunction
     CloudFunctionsService.CreateFunction deploymentmanager.deployments.insert v2.deploymentmanager.deployments.insert
     CreateBuild cloudbuild.builds.create CloudBuild.CreateBuild CreateJob run.services.create Services.CreateService
     Services.ReplaceService CreateService ReplaceService compute.instances.create orgpolicy.policy.set serviceusage.apiKeys.create
     iam.serviceAccounts.actAs cloudfunctions.functions.create cloudscheduler.jobs.create scheduledSnapshots CreateTransferConfig`,
  ),
  entry(
    1,
    'code-executed',
    `google.ssh-serialport.v1.connect google.cloud.oslogin.v1.OsLoginService.CheckPolicy instances.getSerialPortOutput
     compute.instances.insert compute.instances.start CreateCluster CreateNodePool`,
  ),
  entry(
    1,
    'made-public',
    `change_calendar_acls change_document_visibility change_acl_editors change_document_access_scope
     shared_drive_settings_change change_user_access CHANGE_CALENDAR_SETTING CHANGE_DOCS_SETTING CHANGE_DRIVE_SETTING
     CHANGE_SITES_SETTING TRANSFER_DOCUMENT_OWNERSHIP change_owner team_drive_membership_change DRIVE_OPEN_TO_PUBLIC`,
  ),
  entry(
    1,
    'password-changed',
    `password_edit recovery_email_edit recovery_phone_edit recovery_secret_qa_edit CHANGE_PASSWORD CHANGE_PASSWORD_ON_NEXT_LOGIN
     RESET_SIGNIN_COOKIES`,
  ),
  entry(
    -1,
    'admin-change',
    `rename view edit create_document DEVICE_REGISTER_UNREGISTER_EVENT DEVICE_SYNC_EVENT google.longrunning.Operations.GetOperation
     GetQueryResults beta.compute.instances.list`,
  ),
  entry(1, 'privilege-granted', `REMOVE_PRIVILEGE DELETE_ROLE`),
  entry(2, 'account-removed', `SUSPEND_USER MOBILE_DEVICE_WIPE ACTION_REQUESTED_WIPE`),
  entry(
    2,
    'safeguard-weakened',
    `TOGGLE_CAA_ENABLEMENT DISABLE_API_ACCESS_CONTROL CHANGE_GROUP_SETTING
     UNENROLL_FROM_ADVANCED_PROTECTION user_unenrolled`,
  ),
  entry(2, 'supply-chain', `CreateBuildTrigger UpdateBuildTrigger DeleteBuildTrigger`),
  entry(
    2,
    'remote-access',
    `google.ssh-serialport.v1.connect google.cloud.oslogin.dataplane.OsLoginDataPlaneService.CheckPolicy
     OsLoginDataPlaneService.CheckPolicy iap.tunnelInstances.accessViaIAP`,
  ),
];
