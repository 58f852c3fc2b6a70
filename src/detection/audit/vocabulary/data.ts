import { entry } from './entry.ts';

/** Databricks, Snowflake, MongoDB Atlas, Teleport, security products' own audit logs, automation and endpoint tools. */
export const data = [
  entry(
    2,
    'credential-added',
    `generateDbToken createToken createStorageCredential updateStorageCredential createServiceCredential
     generateTemporaryTableCredential generateTemporaryVolumeCredential generateTemporaryPathCredential createOAuthSecret
     createServicePrincipalSecret createCustomOAuthAppIntegration createPublishedOAuthAppIntegration mintOAuthToken putSecret createScope
     createConnection updateConnection createRecipient rotateRecipientToken API_KEY_CREATED API_KEY_ACCESS_LIST_ENTRY_ADDED
     CreateAPIClient UpdateAPIClient ResetAPIClientSecret CreateServiceAccount UpdateServiceAccount RotateServiceAccountSecret
     AuthenticationTokenCreation CreateApiToken generateApiToken CredentialCreation bot.join token.create
     bot_token.create GetAPIToken RevealMaintenanceToken RevealUninstallToken reveal_token RegenerateIntegrationToken`,
  ),
  entry(3, 'impersonation', `assumeServicePrincipal delegateToken access_request.create role_escalated`),
  entry(
    2,
    'privilege-granted',
    `addPrincipalToGroup addPrincipalsToGroup setAdmin setAccountAdmin updatePermissions changeOwner grantPermission
     updateRoleAssignment changeDatabricksSqlAcl changeDbTokenAcl changeWorkspaceAcl changeClusterAcl updateAccountRoles
     addAdmin USER_ROLES_CHANGED_AUDIT ORG_ROLE_ASSIGNED TEAM_ROLES_MODIFIED GROUP_ROLE_ASSIGNED grantUserRoles
     grantCustomerSubscriptions access_request.review lock.deleted UpdateUserRoles assignRole
     GRANT_ACCOUNTADMIN`,
  ),
  entry(
    2,
    'network-opened',
    `createIpAccessList deleteIpAccessList updateIpAccessList replaceIpAccessList NETWORK_PERMISSION_ENTRY_ADDED
     IP_WHITELIST_ENTRY_ADDED ALTER_NETWORK_POLICY DROP_NETWORK_POLICY CREATE_NETWORK_POLICY PEER_CREATED createNetworkConnectivityConfig
     createPrivateAccessSettings deletePrivateAccessSettings disableIpAccessList createNetworkPolicy updateNetworkPolicy`,
  ),
  entry(
    3,
    'federation-changed',
    `saml.created saml.updated saml.deleted oidc.created oidc.updated oidc.deleted github.created github.updated
     github.deleted auth_preference.update FEDERATION_SETTINGS_CREATED FEDERATION_SETTINGS_UPDATED FEDERATION_SETTINGS_DELETED
     IDENTITY_PROVIDER_CREATED IDENTITY_PROVIDER_UPDATED IDENTITY_PROVIDER_DELETED DOMAINS_ASSOCIATED OIDC_IDENTITY_PROVIDER_UPDATED
     ORG_TWO_FACTOR_AUTH_OPTIONAL TWO_FACTOR_AUTH_DISABLED updateSsoConfig ssoConfigBackend
     CreateSAMLIdentityProvider UpdateSAMLIdentityProvider DeleteSAMLIdentityProvider ModifySAMLIdentityProviderGroupMappings
     CREATE_SECURITY_INTEGRATION ALTER_SECURITY_INTEGRATION DROP_SECURITY_INTEGRATION CustomCertificateAuthoritySet
     SsoConfigurationOidcSet SsoConfigurationSamlSet SsoConfigurationDefaultSet SsoRequirementChanged TwoFactorDisabled
     UpdateLoginSettings UpdateIPRestrictions updateSsoSettings`,
  ),
  entry(
    3,
    'detection-impaired',
    `quarantined_file_update delete_prevention_policy disable_prevention_policy RemoveSensorPolicy DeleteRule
     DeletePolicy DisablePolicy uninstall_protection_disabled DeleteCloudConfigurationRule DeleteControl DeleteAutomationRule
     DeleteSensorGroup DeleteConnector DeleteIOAExclusion CreateIOAExclusion CreateMLExclusion CreateSVExclusion
     create_exclusion sensor_visibility_exclusion_created AgentDisabled agent_uninstalled siteTokenRegenerated
     threat_status_benign ThreatMarkedBenign DeleteScannerAPIRateLimit UpdateScannerSettings project.ignore.create
     project.ignore.delete project.ignore.edit org.policy.edit org.settings.edit group.settings.edit org.settings.feature_flag.edit
     BreakTamperProtection bypass_enabled sensor_bypass UpdateSupportContactList DeleteIgnoreRule UpdateIgnoreRule CreateIgnoreRule
     hide_host unsubscribe policy.delete alert_rule.deleted DELETE_DETECTION UPDATE_GLOBAL_HELPER DeleteDetections deleteDetections
     UPDATE_DETECTION_STATE ALERT_CONFIG_DISABLED_AUDIT ALERT_CONFIG_DELETED_AUDIT ORG_EMBEDDED_CONFIG_UPDATED
     GROUP_AUTOMATION_CONFIG_DISABLED deletePolicy suppressAlerts StoryJobsClearance StoryQueueClearance JobsQueuedDeletion DeadJobDeletion JobsQueueClearance`,
  ),
  entry(
    3,
    'logging-impaired',
    `deleteLogDelivery updateLogDeliveryConfiguration patchLogDeliveryConfigurationStatus DB_AUDIT_LOG_DISABLED
     session.recording.disabled session_recording.config.update
     DISABLE_AUDIT DeleteAuditSink`,
  ),
  entry(
    2,
    'data-exported',
    `downloadPreviewResults downloadLargeResults downloadQueryResult downloadNotebookResults downloadsFromModelRegistry
     workspaceExport COPY_INTO_LOCATION GET_FILES DATA_EXPLORER_ACCESSED DATA_EXPLORER_CRUD CLUSTER_SNAPSHOT_DOWNLOADED
     scp.download sftp.get exec.scp createShare updateShare mount DATABASE_REPLICATION CREATE_EXTERNAL_STAGE CREATE_STAGE
     BACKUP_DOWNLOADED RESTORE_DOWNLOAD SNAPSHOT_RESTORED CREATE_SHARE ALTER_SHARE exportNotebook
     AUDIT_LOG_DOWNLOADED getModelVersionDownloadUri listNotebooks_export`,
  ),
  entry(
    2,
    'code-executed',
    `globalInitScriptCreate createGlobalInitScript updateGlobalInitScript installLibrary
     RemoteResponseSessionStart remote_response_session_start RTR_session createInitScript initScriptChanges
     RunScript remote_shell_opened CREATE_EXTERNAL_FUNCTION CREATE_PROCEDURE createFunction liveResponseSession
     remoteShell createCustomScript RemoteShellEnabled`,
  ),
  entry(
    2,
    'account-added',
    `createUser createGroup createServicePrincipal JOINED_ORG INVITED_TO_ORG INVITED_TO_GROUP JOINED_GROUP USER_CREATED
     CREATE_USER CreateUser createAccount addUser AddExternalUser user.created ALTER_USER_ENABLE DATABASE_USER_ADDED`,
  ),
  entry(
    1,
    'account-removed',
    `REMOVED_FROM_ORG REMOVED_FROM_GROUP removeGroup deleteUser DROP_USER user.deleted
     deleteServicePrincipal DeleteUser`,
  ),
  entry(
    2,
    'data-destroyed',
    `deleteCatalog deleteSchema deleteMetastore deleteWorkspace permanentDeleteCluster DROP_DATABASE DROP_SCHEMA
     CLUSTER_DELETED PROJECT_DELETED ORG_DELETED DATABASE_DROPPED TABLE_DROP DELETE_SNAPSHOT SNAPSHOT_DELETED
     BACKUP_AGREEMENT_CANCELLED StoryDeletion TeamDeletion CredentialDeletion TRUNCATE_TABLE`,
  ),
  entry(1, 'safeguard-weakened', `workspaceConfEdit workspaceSettingEdit accountSettingEdit`),
  entry(
    2,
    'safeguard-weakened',
    ` metastoreUpdate setSetting deleteSetting updateAccountSetting
     ALTER_ACCOUNT ALTER_SESSION_POLICY DROP_MASKING_POLICY ALTER_MASKING_POLICY DROP_ROW_ACCESS_POLICY UNSET_NETWORK_POLICY
     ENCRYPTION_KEY_ROTATION_OFF CLUSTER_TERMINATION_PROTECTION_DISABLED CLUSTER_BACKUP_DISABLED UPDATE_SECURITY_CONFIG
     DisasterRecovery DISABLE_KEY upgradewindow.delete`,
  ),
  entry(
    2,
    'password-changed',
    `changePassword resetPassword passwordVerifyAuthentication_reset updateUserPassword USER_PASSWORD_CHANGED resetAuthSecret
     user.password_change recovery_token.create reset_password_token.create`,
  ),
  entry(
    2,
    'trust-changed',
    `acceptTos sendTos supportAccessEnabled customerSupportAccess enableDatabricksSupportAccess ORG_OWNER_SUPPORT
     EMPLOYEE_ACCESS grantSupportAccess ORG_EMPLOYEE_ACCESS_GRANTED EMPLOYEE_ACCESS_GRANTED GlobalResourceShared
     trusted_cluster.create remote_cluster.create cert.generation_mismatch trusted_cluster_token.create`,
  ),
  entry(
    2,
    'access-denied',
    `IpAccessDenied accessDenied privateLinkValidationFailed auth_failed_certificate`,
  ),
  entry(
    -2,
    'admin-change',
    `getTable getSchema getCatalog listTables tokenLogin aadTokenLogin jwtLogin oidcTokenAuthorization
     credentials_ok aadBrowserLogin samlLogin commandSubmit commandFinish runStart runSucceeded session.leave session.end session.join
     userAuthenticate twoFactorAuthenticate session_close`,
  ),
  entry(
    -2,
    'admin-change',
    `ORG_PUBLIC_API_ACCESS_LIST_REQUIRED CLUSTER_READY CLUSTER_UPDATE_STARTED INDEX_BUILD_COMPLETED
     ALERT_ACKNOWLEDGED_AUDIT HOST_RESTARTED BACKUP_COMPLETED TAGS_MODIFIED cert.renewed session.start
     session.data app.session.start db.session.start client.disconnect createCluster startCluster
     createJob createNotebook moveNotebook renameNotebook runNow submitRun StoryCreation StoryUpdate
     ActionCreation NoteCreation EventsEmission`,
  ),
  entry(1, 'privilege-granted', `removeAdmin removePrincipalFromGroup removePrincipalFromAdmins `),
  entry(
    2,
    'data-exported',
    `deltaSharingCreateRecipient createDeltaSharingRecipient vacuumTable COPY_FILES LogDownload
     desktop.clipboard.send db.session.query.failed`,
  ),
  entry(
    2,
    'data-destroyed',
    `purgeQueryHistory DATA_LAKE_DELETED SERVERLESS_INSTANCE_DELETED ResourceDeletion
     StoryItemsDestruction TeamDestruction StoryDestruction CredentialDestruction FolderDestruction`,
  ),
  entry(
    2,
    'safeguard-weakened',
    `MINIMUM_TLS_VERSION_CHANGED TenantAllowedIpRangesChange ORG_SETTINGS_CONFIGURED createClusterPolicy
     editClusterPolicy deleteClusterPolicy enableServerlessAccess DROP_INTEGRATION ALTER_ACCOUNT_SET
     ActionsDisabledChange setTokenLifetime`,
  ),
  entry(
    3,
    'detection-impaired',
    `DeleteSecurityFramework DeleteImageIntegrityValidator UpdateOutpost DeleteOutpost NSS_FEED_DELETED
     DeleteCloudEventRule DeleteCICDScanPolicy UpdateCICDScanPolicy`,
  ),
  entry(2, 'credential-added', `createServicePrincipalSecret ORG_SERVICE_ACCOUNT_CREATED `),
  entry(2, 'privilege-granted', `role.created DeleteUserRole UpdateUserRole ModifyUserRole`),
  entry(1, 'account-removed', `lock.created`),
  entry(2, 'logging-impaired', `AUDIT_LOG_CONFIGURATION_UPDATED_AUDIT`),
];
