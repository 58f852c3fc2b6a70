import { entry } from './entry.ts';

/** CloudTrail event names: https://docs.aws.amazon.com/service-authorization/latest/reference/ */
export const aws = [
  entry(
    3,
    'logging-impaired',
    `StopLogging DeleteTrail StopActivityStream StopDBActivityStream DeleteFlowLogs DeleteEventDataStore StopEventDataStoreIngestion DeleteLogGroup DeleteLogStream
     DeleteDeliveryChannel StopConfigurationRecorder DeleteConfigurationRecorder DeleteConfigRule DeleteQueryLoggingConfig
     DisassociateResolverQueryLogConfig DeleteResolverQueryLogConfig DeleteRetentionPolicy DeleteConfigurationAggregator
     DeleteConformancePack DeleteOrganizationConfigRule DeleteRemediationConfiguration DeleteSubscriptionFilter
     DeleteModelInvocationLoggingConfiguration DeleteLoggingConfiguration DeleteLogDelivery DeleteDestination`,
  ),
  entry(
    2,
    'logging-impaired',
    `UpdateTrail PutEventSelectors PutInsightSelectors PutRetentionPolicy PutConfigurationRecorder`,
  ),
  entry(
    3,
    'detection-impaired',
    `DeleteDetector DisassociateFromMasterAccount DisassociateFromAdministratorAccount DeleteMembers DisassociateMembers
     StopMonitoringMembers DeletePublishingDestination CreateFilter ArchiveFindings DeleteThreatIntelSet DeleteIPSet
     DisableSecurityHub DeleteInsight UpdateInsight UpdateFindings BatchUpdateFindings BatchDisableStandards DeleteActionTarget
     DisableImportFindingsForProduct DisableMacie DisableMacieSession UpdateMacieSession DisableOrganizationAdminAccount
     DeleteFindingsFilter ArchiveFindings UpdateClassificationJob DeleteAnalyzer DeleteArchiveRule CreateArchiveRule
     DeleteGraph DisassociateMembership DeleteGuardrail UpdateGuardrail DeleteAlarms DisableAlarmActions DeleteRule DisableRule
     RemoveTargets DeleteMonitor DeleteInvestigationGroup UpdateDetector CreateIPSet UpdateIPSet CreateThreatIntelSet
     UpdateThreatIntelSet DeclineInvitations DeleteInvitations DeleteCustomDataIdentifier DisassociateMember
     DeleteDatalakeExceptionSubscription DeleteSecurityLake UpdateStandardsControl UpdateSecurityControl DisassociateS3Resources`,
  ),
  entry(
    2,
    'safeguard-weakened',
    `DeleteAccountPublicAccessBlock DeletePublicAccessBlock DeleteBucketPublicAccessBlock PutAccountPublicAccessBlock
     DeleteBucketPolicy DeleteBucketEncryption DeleteBucketReplication DeleteBucketLifecycle DisableEbsEncryptionByDefault
     DeleteAccountPasswordPolicy UpdateAccountPasswordPolicy DisableDomainTransferLock DeleteWebACL DisassociateWebACL
     DeleteRuleGroup DeleteFirewallManagerPolicy DetachPolicy DisablePolicyType LeaveOrganization RemoveAccountFromOrganization
     DeleteFirewallPolicy DeleteFirewall DeleteRolePermissionsBoundary DeleteUserPermissionsBoundary DeleteResourcePolicy
     DisableSnapshotBlockPublicAccess DisableImageBlockPublicAccess ModifyImageAttribute DeleteProtection DisableSerialConsole
     UpdateAssumeRolePolicy EnableSerialConsoleAccess DisableKeyRotation`,
  ),
  entry(
    3,
    'recovery-inhibited',
    `DeleteRecoveryPoint DeleteBackupVault DeleteBackupPlan DeleteBackupSelection DeleteBackupVaultLockConfiguration
     DeleteBackupVaultAccessPolicy DeleteDBClusterSnapshot DeleteDBSnapshot DeleteDBClusterAutomatedBackup
     DeleteDBInstanceAutomatedBackup StopBackupJob DisassociateRecoveryPoint DeleteSnapshot DeregisterImage
     PutLifecycleConfiguration PutBucketLifecycle PutBucketLifecycleConfiguration`,
  ),
  entry(
    3,
    'key-changed',
    `ScheduleKeyDeletion DisableKey DeleteImportedKeyMaterial ImportKeyMaterial PutKeyPolicy DeleteAlias`,
  ),
  entry(
    2,
    'data-destroyed',
    `DeleteDBCluster DeleteDBInstance DeleteFileSystem DeleteMountTarget DeleteGlobalCluster DeleteTable DeleteBucket DeleteStack
     DeleteHostedZone DeleteCluster DeleteRepository DeleteVault TerminateInstances DeleteIdentity DeleteObjects BatchDeleteImage
     DeleteStackSet DeleteDomain DeleteVolume`,
  ),
  entry(
    2,
    'credential-added',
    `CreateAccessKey CreateLoginProfile UpdateLoginProfile UpdateAccessKey CreateServiceSpecificCredential
     ResetServiceSpecificCredential UploadSSHPublicKey UploadSigningCertificate ImportKeyPair CreateKeyPair
     GetFederationToken GetSigninToken CreateApiKey CreateToken SendSSHPublicKey SendSerialConsoleSSHPublicKey
     CreateOpenIDConnectProvider CreateTrustAnchor CreateProfile GetPasswordData GetAuthorizationToken
     CreateInstanceConnectEndpoint RegisterClient StartDeviceAuthorization CreateUserAccessKey AddPermissionKey`,
  ),
  entry(
    2,
    'privilege-granted',
    `AttachUserPolicy AttachGroupPolicy AttachRolePolicy PutUserPolicy PutGroupPolicy PutRolePolicy CreatePolicyVersion
     SetDefaultPolicyVersion AddUserToGroup AddRoleToInstanceProfile PutRolePermissionsBoundary PutUserPermissionsBoundary
     CreateAccountAssignment AttachManagedPolicyToPermissionSet PutInlinePolicyToPermissionSet CreatePermissionSet
     PutPermissionsPolicy AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation CreateAccessEntry
     AssociateAccessPolicy CreateGroupMembership PutResourcePolicy ModifyRole DeleteRolePolicy
     DeletePolicy CreatePolicy`,
  ),
  entry(
    2,
    'account-added',
    `CreateUser CreateDBUser CreateAccount InviteAccountToOrganization CreateAccountResult
     CreateGovCloudAccount`,
  ),
  entry(1, 'account-added', `CreateRole CreateGroup CreateInstanceProfile`),
  entry(
    1,
    'account-removed',
    `DeleteUser DeleteLoginProfile DeleteAccessKey RemoveUserFromGroup DeleteGroup CloseAccount DeleteRole`,
  ),
  entry(
    3,
    'mfa-weakened',
    `DeactivateMFADevice DeleteVirtualMFADevice DeleteMfaDevice ResyncMFADevice DisableMFA`,
  ),
  entry(
    3,
    'federation-changed',
    `CreateSAMLProvider UpdateSAMLProvider DeleteSAMLProvider UpdateOpenIDConnectProviderThumbprint DeleteOpenIDConnectProvider
     AddClientIDToOpenIDConnectProvider DisableExternalIdPConfigurationForDirectory EnableExternalIdPConfigurationForDirectory
     AssociateDirectory DisassociateDirectory CreateTrust CreateIdentityProvider UpdateSsoConfiguration DisableSSO EnableSSO
     AttachCustomerManagedPolicyReferenceToPermissionSet AddRegion CreateInstance UpdateInstanceAccessControlAttributeConfiguration`,
  ),
  entry(
    2,
    'network-opened',
    `AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress AuthorizeDBSecurityGroupIngress AuthorizeCacheSecurityGroupIngress
     AuthorizeCacheSecurityGroupEgress AuthorizeClusterSecurityGroupIngress RevokeSecurityGroupEgress RevokeSecurityGroupIngress
     CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry
     ReplaceNetworkAclAssociation CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway
     DeleteInternetGateway DetachInternetGateway CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation
     DeleteRouteTable DeleteRoute DisassociateRouteTable CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection
     CreateVpcPeeringConnection DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc
     EnableVpcClassicLink DisableVpcClassicLink CreateSecurityGroup DeleteSecurityGroup ModifySecurityGroupRules SetSecurityGroups
     ApplySecurityGroupsToLoadBalancer ModifyInstanceMetadataOptions ModifyInstanceMetadataDefaults CreateVpnConnection
     CreateCacheSecurityGroup CreateDBSecurityGroup DeleteCacheSecurityGroup DeleteDBSecurityGroup AssociateVPCWithHostedZone
     ModifyNetworkInterfaceAttribute RevokeCacheSecurityGroupEgress RevokeDBSecurityGroupIngress UpdateIPSet`,
  ),
  entry(
    3,
    'network-tapped',
    `CreateTrafficMirrorSession CreateTrafficMirrorTarget CreateTrafficMirrorFilter CreateTrafficMirrorFilterRule
     ModifyTrafficMirrorSession StartPacketCapture`,
  ),
  entry(
    2,
    'made-public',
    `UpdateProjectVisibility PutBucketWebsite CreateFunctionUrlConfig UpdateFunctionUrlConfig PutBucketAcl PutObjectAcl
     ModifySnapshotAttribute ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute ShareDirectory CreateResourceShare
     AssociateResourceShare SetRepositoryPolicy PutImageRecipePolicy AddPermission AddLayerVersionPermission DeleteFunctionUrlConfig`,
  ),
  entry(
    2,
    'data-exported',
    `StartExportTask CreateInstanceExportTask ExportImage CreateStoreImageTask CopySnapshot CopyDBSnapshot CopyDBClusterSnapshot
     RestoreDBInstanceFromDBSnapshot RestoreDBClusterFromSnapshot PutReplicationConfiguration PutBucketReplication
     GetObjectTorrent CreateSnapshots ReplicateObject StartExportJob ExportTableToPointInTime CreateDataExport CreateExportTask
     SharedSnapshotCopyInitiated SharedSnapshotVolumeCreated CreateDBSnapshot BatchGetSecretValue ExportKey`,
  ),
  entry(1, 'data-exported', `CreateSnapshot RestoreObject CreateImage CreateDBClusterSnapshot`),
  entry(
    2,
    'secret-read',
    `GetSecretValue BatchGetSecretValue GetParametersByPath GetParameterHistory GetPasswordData
     GetCredentialReport`,
  ),
  entry(1, 'secret-read', `GetParameter GetParameters Decrypt`),
  entry(
    3,
    'code-executed',
    `SendCommand StartSession ModifyInstanceAttribute CreateDevEndpoint UpdateDevEndpoint DeleteDevEndpoint
     UpdateFunctionCode UpdateFunctionCode20150331v2 UpdateFunctionConfiguration UpdateFunctionConfiguration20150331v2
     CreateEventSourceMapping20150331 CreateAssociation RegisterTaskDefinition RunTask StartAutomationExecution ExecuteCommand
     PublishLayerVersion PublishLayerVersion20181031 CreateNotebookInstance CreatePresignedNotebookInstanceUrl
     CreateNotebookInstanceLifecycleConfig UpdateNotebookInstanceLifecycleConfig UpdateEventSourceMapping AddPermission20150331
     AddPermission20150331v2 ResumeSession CreateDocument PutImageScanningConfiguration CreateStackInstances`,
  ),
  entry(
    1,
    'service-stopped',
    `RebootDBInstance RebootDBCluster RebootInstances StopInstances StopDBInstance StopDBCluster
     FailoverDBCluster RebootCacheCluster`,
  ),
  entry(
    1,
    'code-executed',
    `CreateFunction20150331 RunInstances RequestSpotInstances CreateCluster PutImage Invoke StartInstances`,
  ),
  entry(
    2,
    'impersonation',
    `AssumeRoleWithSAML AssumeRoleWithWebIdentity SwitchRole AssumeRoot GetFederationToken`,
  ),
  entry(
    2,
    'trust-changed',
    `TransferDomainToAnotherAwsAccount RegisterDelegatedAdministrator DeregisterDelegatedAdministrator EnableAWSServiceAccess
     EnableRegion DisableRegion AcceptHandshake TransferDomain AcceptDomainTransferFromAnotherAwsAccount PutAlternateContact
     PutContactInformation PasswordRecoveryRequested PasswordRecoveryCompleted EmailUpdated RootUserPasswordUpdated
     UpdateAccountEmailAddress CreateSupportCase`,
  ),
  entry(2, 'password-changed', `PasswordUpdated ChangePassword ModifyMasterUserPassword`),
  // Only what deployments do not ask all day: `GetCallerIdentity` alone tells nothing.
  entry(
    1,
    'discovery',
    `GetSendQuota GetAccountSendingEnabled ListIdentities GetIdentityVerificationAttributes
     GetAccountAuthorizationDetails GetAccountSummary DescribeAccount DescribeOrganization ListAccounts GetAlternateContact
     GetContactInformation GetAccount ListServiceQuotas ListRequestedServiceQuotaChangeHistory GetConsoleScreenshot
     GetBucketAcl DescribeInstanceAttribute ListFoundationModels GetFoundationModelAvailability GetUseCaseForModelAccess
     SimulatePrincipalPolicy DescribeVulnerability ListAssociatedAccessPolicies
     GetLoginProfile`,
  ),
  entry(
    2,
    'resource-hijack',
    `UpdateAccountSendingEnabled PutAccountSuppressionAttributes RequestServiceQuotaIncrease PutFoundationModelEntitlement
     CreateFoundationModelAgreement PutUseCaseForModelAccess UpdateAccountDetails PutAccountDetails VerifyEmailIdentity
     CreateEmailIdentity VerifyDomainIdentity SetSMSAttributes`,
  ),
  entry(
    -1,
    'admin-change',
    `StartLogging PutObject GetObject CreateLogStream CreateLogGroup PutLogEvents PutMetricData
     ListObjects HeadObject HeadBucket CreateInsight CreateDetector PutDeliveryChannel StartConfigurationRecorder
     CreateTags DeleteTags TagResource UntagResource PutMetricAlarm SendHeartbeat UpdateInstanceInformation CreateControlChannel
     GenerateDataKey Encrypt GetRecords  CreateNetworkInterface 
     RenewRole SwitchRoleFailure CreateServiceLinkedRole EnableMFADevice CreateMFADevice EnableKey EnableKeyRotation CancelKeyDeletion
     PutPublicAccessBlock PutBucketEncryption EnableSecurityHub EnableMacie CreateBackupVault CreateBucket ListKeys ListMembers`,
  ),
  entry(
    1,
    'privilege-granted',
    `DetachUserPolicy DetachGroupPolicy DetachRolePolicy DeleteUserPolicy DeleteGroupPolicy
     DeletePolicyVersion CreateGrant`,
  ),
  entry(1, 'network-opened', `DisassociateWebACL`),
  entry(2, 'safeguard-weakened', `DisassociateWebACL`),
  entry(1, 'credential-added', `CreateVirtualMFADevice GetSessionToken`),
];
