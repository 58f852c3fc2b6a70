import { entry } from './entry.ts';

/**
 * Azure activity log operations (without the provider), Entra audit and sign-in activities, Microsoft 365
 * operations: https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
 */
export const azure = [
  entry(
    3,
    'logging-impaired',
    `diagnosticSettings/delete logprofiles/delete eventhubs/delete eventhubs/namespaces/delete namespaces/eventhubs/delete
     namespaces/authorizationRules/delete flowLogs/delete networkWatchers/delete networkWatchers/flowLogs/delete
     networkWatchers/flowLogs/write eventhubs/authorizationRules/delete dataCollectionRules/delete activityLogAlerts/delete
     workspaces/delete workspaces/tables/delete Set-AdminAuditLogConfig Set-MailboxAuditBypassAssociation Set-OrganizationConfig
     Disable-OrganizationAuditing`,
  ),
  entry(2, 'logging-impaired', `diagnosticSettings/write logprofiles/write`),
  entry(
    3,
    'detection-impaired',
    `alertRules/delete metricAlerts/delete scheduledQueryRules/delete alertsSuppressionRules/write alertsSuppressionRules/delete
     pricings/write pricings/delete autoProvisioningSettings/write securityContacts/delete securityContacts/write
     securitySolutions/delete automations/delete policyAssignments/delete policyExemptions/write policyAssignments/exempt
     applicationGatewayWebApplicationFirewallPolicies/delete frontDoorWebApplicationFirewallPolicies/delete actionGroups/delete
     smartDetectorAlertRules/delete incidents/delete policies/deployIfNotExists/action policySetDefinitions/delete
     policies/modify/action locations/alerts/dismiss/action locations/alerts/dismiss alerts/dismiss/action
     Remove-MalwareFilterPolicy Disable-MalwareFilterRule Disable-AntiPhishRule Remove-AntiPhishPolicy Remove-AntiPhishRule
     Disable-SafeLinksRule Disable-SafeAttachmentRule Remove-SafeAttachmentRule Set-MalwareFilterPolicy Remove-SafeLinksRule
     Remove-DlpPolicy Remove-DlpCompliancePolicy New-TransportRule Set-HostedContentFilterPolicy Set-AtpPolicyForO365
     DisablePIMAlert Disable-PIM-Alert Add-MailboxPermission`,
  ),
  entry(
    3,
    'safeguard-weakened',
    `locks/delete Delete-conditional-access-policy Update-conditional-access-policy Update-security-defaults
     Delete-policy Delete-named-location Update-named-location blobServices/write policyDefinitions/delete
     Authentication-Methods-Policy-Update Authentication-Methods-Policy-Reset Authentication-Strength-Policy-Delete
     Add-member-to-conditional-access-exclusion firewallPolicies/delete storageAccounts/blobServices/containers/immutabilityPolicies/delete
     Device-no-longer-compliant Device-no-longer-managed Update-authorization-policy Update-cross-tenant-access-setting`,
  ),
  entry(
    3,
    'recovery-inhibited',
    `vaults/keys/purge/action vaults/secrets/purge/action vaults/certificates/purge vaults/purge/action
     deletedVaults/purge/action locations/deletedVaults/purge/action vaults/delete restorePointCollections/delete
     restorePointCollections/restorePoints/delete snapshots/delete vaults/backupPolicies/delete
     vaults/backupFabrics/protectionContainers/protectedItems/delete backupFabrics/protectionContainers/protectedItems/delete
     vaults/replicationFabrics/delete protectedItems/delete backupProtectedItems/delete backupVaults/delete
     backupVaults/backupInstances/delete backupInstances/stopProtection/action vaults/backupconfig/write
     recoveryPoints/delete databases/backupLongTermRetentionPolicies/delete`,
  ),
  entry(
    2,
    'key-changed',
    `vaults/keys/delete vaults/keys/create vaults/keys/create/action vaults/keys/import/action vaults/keys/backup/action
     vaults/keys/update/action vaults/keys/restore/action vaults/keys/recover/action vaults/certificates/delete
     vaults/certificates/import/action encryptionScopes/write managedHSMs/delete encryptionProtector/write
     diskEncryptionSets/write diskEncryptionSets/delete`,
  ),
  entry(
    2,
    'secret-read',
    `storageAccounts/listKeys/action storageAccounts/listAccountSas/action storageAccounts/listServiceSas/action listKeys/action
     vaults/secrets/getSecret/action vaults/secrets/backup/action vaults/secrets/readMetadata/action listClusterAdminCredential/action
     managedClusters/listClusterAdminCredential/action listClusterUserCredential/action managedClusters/accessProfiles/listCredential/action
     registries/listCredentials/action namespaces/authorizationRules/listKeys/action databaseAccounts/listKeys/action
     config/list/action sites/config/list/action sites/publishxml/action listSecrets/action SecretGet VaultGet SecretList
     databaseAccounts/listConnectionStrings/action redis/listKeys/action accounts/listKeys/action KeyGet
     configurationStores/listKeys/action RunDeviceLocalCredentials Recover-device-local-administrator-password
     Read-BitLocker-key beginGetAccess/action disks/beginGetAccess/action snapshots/beginGetAccess/action GetBitLockerKey`,
  ),
  entry(
    2,
    'credential-added',
    `storageAccounts/regenerateKey/action regenerateKey/action vaults/secrets/setSecret/action vaults/secrets/write
     Update-application-Certificates-and-secrets-management Add-service-principal-credentials
     Update-application-–-Certificates-and-secrets-management Add-application-certificate
     Admin-registered-temporary-access-pass-method-for-user Admin-registered-security-info userAssignedIdentities/write
     userAssignedIdentities/federatedIdentityCredentials/write federatedIdentityCredentials/write sshPublicKeys/write
     vaults/accessPolicies/write generateKey/action registries/tokens/write registries/generateCredentials/action
     namespaces/authorizationRules/write namespaces/authorizationRules/regenerateKeys/action databaseAccounts/regenerateKey/action
     virtualMachines/extensions/VMAccess Add-service-principal-credentials userAssignedIdentities/assign/action`,
  ),
  entry(
    3,
    'privilege-granted',
    `roleAssignments/write roleDefinitions/write elevateAccess/action classicAdministrators/write Add-member-to-role
     Add-eligible-member-to-role Add-scoped-member-to-role Add-app-role-assignment-to-service-principal
     Add-delegated-permission-grant Add-owner-to-application Add-owner-to-service-principal
     Assigns-the-caller-to-user-access-admin Add-member-to-role-completed-PIM-activation Add-app-role-assignment-grant-to-user
     Add-eligible-member-to-role-in-PIM-completed Add-member-to-role-outside-of-PIM Add-role-definition Update-role-definition
     Update-role-setting-in-PIM Add-member-to-role-in-PIM-completed Add-RoleGroupMember New-ManagementRoleAssignment
     Add-RecipientPermission clusterRoleBindings/write roleBindings/write clusterRoles/write clusterRoles/bind/action
     clusterRoles/escalate/action roles/escalate/action serviceAccounts/impersonate/action SiteCollectionAdminAdded
     roleEligibilityScheduleRequests/write
     roleAssignmentScheduleRequests/write roleManagementPolicies/write registrationAssignments/write registrationDefinitions/write`,
  ),
  entry(
    3,
    'federation-changed',
    `Set-federation-settings-on-domain Set-domain-authentication Add-FederatedDomain Add-unverified-domain Add-verified-domain
     Verify-domain Set-MsolDomainFederationSettings Update-domain Add-partner-to-company Remove-partner-from-company
     Create-identity-provider Update-identity-provider Delete-identity-provider New-FederationConfiguration
     Disable-Desktop-Sso Set-DirSyncEnabled-flag Set-dirsync-feature Delete-partner-specific-cross-tenant-access-setting
     Add-a-partner-to-cross-tenant-access-setting Update-a-partner-cross-tenant-access-setting Set-AdfsSettings`,
  ),
  entry(
    3,
    'mfa-weakened',
    `Disable-Strong-Authentication User-deleted-security-info Admin-deleted-security-info
     Admin-updated-security-info User-started-security-info-registration Delete-authentication-method`,
  ),
  entry(
    1,
    'mfa-weakened',
    `User-registered-security-info User-changed-default-security-info
     User-registered-all-required-security-info`,
  ),
  entry(
    2,
    'network-opened',
    `networkSecurityGroups/write networkSecurityGroups/delete networkSecurityGroups/securityRules/write securityRules/write
     networkSecurityGroups/securityRules/delete securityRules/delete networkSecurityGroups/join/action azureFirewalls/write
     azureFirewalls/delete azureFirewalls/networkRuleCollections/write azureFirewalls/natRuleCollections/write
     firewallPolicies/write firewallPolicies/ruleCollectionGroups/write servers/firewallRules/write firewallRules/write
     firewallRules/delete publicIPAddresses/write virtualNetworks/virtualNetworkPeerings/write virtualNetworkPeerings/write
     routeTables/write routeTables/routes/write vpnGateways/write vpnConnections/write bastionHosts/write virtualHubs/write
     dnsZones/delete dnsZones/write virtualNetworkGateways/write localNetworkGateways/write expressRouteCircuits/write
     applicationGateways/write applicationSecurityGroups/write networkVirtualAppliances/write virtualNetworks/delete
     networkInterfaces/tapConfigurations/write privateEndpoints/write privateLinkServices/write routeTables/delete
     networkPolicies/delete networkPolicies/write applicationGateways/delete virtualNetworks/write connections/delete`,
  ),
  entry(
    3,
    'network-tapped',
    `networkWatchers/startPacketCapture/action networkWatchers/packetCaptures/write packetCaptures/write startPacketCapture/action
     vpnConnections/startPacketCapture/action networkWatchers/vpnConnections/startPacketCapture/action
     virtualNetworkGateways/startPacketCapture/action virtualNetworkTaps/write packetCaptures/read vpnGateways/startpacketcapture/action`,
  ),
  entry(
    2,
    'made-public',
    `containers/write blobServices/containers/write blobServices/containers/setAcl/action
     SharingPolicyChanged AnonymousLinkCreated AnonymousLinkUpdated SetContainerACL staticWebsite/write`,
  ),
  entry(
    3,
    'code-executed',
    `virtualMachines/runCommand/action runCommand/action virtualMachines/runCommands/write runCommands/write
     virtualMachines/extensions/write extensions/write automationAccounts/runbooks/write automationAccounts/runbooks/draft/write
     automationAccounts/jobs/write automationAccounts/webhooks/write automationAccounts/webhooks/action automationAccounts/write
     automationAccounts/runbooks/publish/action automationAccounts/jobSchedules/write automationAccounts/schedules/write
     virtualMachineScaleSets/extensions/write virtualMachineScaleSets/virtualMachines/runCommand/action
     managedClusters/runCommand/action managedClusters/commandResults/read workflows/write sites/functions/write sites/write
     deploymentScripts/write sites/extensions/write serialConsole/enable/action serialPorts/connect/action
     consoleServices/write consoles/write sites/sourcecontrols/write sites/host/listkeys/action machines/runCommands/write
     machines/extensions/write automationAccounts/runbooks/delete hybridRunbookWorkerGroups/write`,
  ),
  entry(
    1,
    'code-executed',
    `virtualMachines/write virtualMachineScaleSets/write containerGroups/write disks/write`,
  ),
  entry(
    2,
    'container-abuse',
    `managedClusters/write managedClusters/delete registries/write registries/delete mutatingWebhookConfigurations/write
     validatingWebhookConfigurations/write connectedClusters/pods/exec/action connectedClusters/secrets/write cronJobs/write
     connectedClusters/secrets/delete connectedClusters/delete events/delete registries/importImage/action
     connectedClusters/pods/delete managedClusters/rotateClusterCertificates/action connectedClusters/serviceAccounts/write`,
  ),
  entry(
    2,
    'data-destroyed',
    `storageAccounts/delete resourceGroups/delete subscriptions/resourceGroups/delete virtualMachines/delete servers/databases/delete
     servers/delete Hard-Delete-application Delete-application Hard-Delete-user databaseAccounts/delete
     blobServices/containers/delete containers/delete DeleteBlob DeleteContainer fileShares/delete managedInstances/delete
     virtualMachineScaleSets/delete subscriptions/cancel Hard-Delete-group storageAccounts/fileServices/shares/delete
     registries/repositories/delete disks/delete SiteCollectionDeleted VaultDelete`,
  ),
  entry(
    2,
    'account-added',
    `Invite-external-user Add-user Redeem-external-user-invite Bulk-invite-users Add-service-principal Add-device
     Add-registered-owner-to-device Create-user Add-guest-to-group Restore-user Convert-guest-to-member`,
  ),
  entry(
    1,
    'account-removed',
    `Delete-user Delete-device Disable-account Delete-group Remove-member-from-role Delete-administrative-unit`,
  ),
  entry(
    2,
    'integration-added',
    `Consent-to-application Add-OAuth2PermissionGrant Add-application Update-application Add-service-principal
     Set-admin-consent Add-delegated-permission-grant Add-app-role-assignment Update-service-principal
     Add-passwordless-phone-sign-in New-App AppInstalled`,
  ),
  entry(
    3,
    'mail-forwarding',
    `New-InboxRule Set-InboxRule UpdateInboxRules Set-Mailbox New-TransportRule Set-TransportRule Add-MailboxFolderPermission
     Set-MailboxAutoReplyConfiguration Set-RemoteDomain Enable-InboxRule Set-OwaMailboxPolicy New-OutboundConnector`,
  ),
  entry(
    1,
    'data-exported',
    `GetBlob FileDownloaded FileSyncDownloadedFull SearchExported SearchExportDownloaded ViewedSearchExported New-ComplianceSearchAction
     New-MailboxExportRequest eDiscovery-search-started-or-exported MailItemsAccessed`,
  ),
  entry(
    2,
    'data-exported',
    `databases/export/action servers/databases/export/action snapshots/write exportTemplate/action New-ComplianceSearch CaseAdded
     SearchCreated Bulk-download-users`,
  ),
  entry(
    1,
    'password-changed',
    `Reset-password-by-admin Reset-user-password Change-user-password Change-password-self-service
     Self-service-password-reset-flow-activity-progress`,
  ),
  entry(1, 'data-encrypted', `PutBlob`),
  entry(
    -1,
    'admin-change',
    `PutBlock PutBlockList locks/write policyDefinitions/write networkWatchers/write vaults/read
     tags/write deployments/write deployments/validate/action deployments/read virtualMachines/start/action virtualMachines/read resourceGroups/write
     Add-member-to-group Update-device Update-group Enrollment providers/register/action validateTemplate
     alerts/read subnets/join/action storageAccounts/read policyAssignments/read audit/action policies/audit/action
     policies/auditIfNotExists/action FileAccessed FileModified PageViewed`,
  ),
  entry(1, 'privilege-granted', `roleAssignments/delete roleDefinitions/delete accessPolicies/delete`),
  entry(
    2,
    'logging-impaired',
    `auditingSettings/write auditingPolicies/write databases/auditingSettings/write
     databases/auditingSettings/delete`,
  ),
  entry(
    2,
    'safeguard-weakened',
    `managementPolicies/write managementPolicies/delete transparentDataEncryption/write
     securityAlertPolicies/write vulnerabilityAssessments/delete ddosProtectionPlans/delete
     privateEndpoints/delete privateEndpointConnections/delete immutabilityPolicies/write`,
  ),
  entry(
    2,
    'integration-added',
    `registries/webhooks/write galleries/applications/versions/write galleries/applications/write`,
  ),
  entry(
    -1,
    'admin-change',
    `virtualMachines/deallocate/action virtualMachines/restart/action sites/restart/action
     sites/start/action sites/stop/action metrics/read autoscaleSettings/write components/write
     loadBalancers/write`,
  ),
  entry(
    2,
    'secret-read',
    `vaults/secrets/recover/action vaults/secrets/restore/action vaults/secrets/list/action
     vaults/secrets/get/action`,
  ),
];
